import pytest

from slm_instrument.analyze.cards.names import name_tasks
from slm_instrument.analyze.cards.phrases import phrases


def named(*instructions, agents=None, taken=None, spare=None):
    nothing = [None] * len(instructions)
    return name_tasks(instructions, agents or nothing, taken or nothing, spare or [""] * len(instructions))


@pytest.mark.parametrize(
    ("instruction", "name"),
    [
        ("Classify the following support ticket into one of: billing, technical, other.", "classify-support-ticket"),
        ("You are a helpful assistant. Now, please summarize the email thread below.", "summarize-email-thread"),
        ("As the reviewer, to satisfy the customer, you should propose one comment with a reason.", "propose-comment"),
        ("Given a schema and a question, write a SQL query that answers the question.", "write-sql-query"),
        ("You are an assistant that extracts action items from meeting transcripts.", "extract-action-items"),
        ("Your task is to decide whether the claim is supported by the evidence.", "decide-claim"),
        ("You are an expert at translating legal contracts.", "translate-legal-contracts"),
        ("You extract discrete, reusable memory statements from raw content.", "extract-memory-statements"),
        ("Let's first analyze the collected context carefully.", "analyze-context"),
        ("Read and summarize the customer's letter, then return the summary.", "summarize-customer-letter"),
        ("Detect the language. Never translate the text.", "detect-language"),
        ("Answer the question from the documents.", "answer-question"),
        ("find_order(id): Search the orders. You must route the message to a team.", "route-message"),
    ],
)
def test_what_is_asked_is_the_name(instruction, name):
    assert named(instruction) == [name]


def test_what_is_forbidden_or_only_the_purpose_is_not_asked():
    assert phrases("Do not write any code. You can never change the plan.") == []
    surely, aside = phrases("Please review the code. To find bugs, look closely.")
    assert (surely.words, aside.words) == (("review", "code"), ("find", "bugs"))
    assert surely.weight > 3 * aside.weight


def test_where_nothing_is_asked_the_words_that_stand_together_are_the_name():
    assert named("The weather forecast of tomorrow") == ["weather-forecast-tomorrow"]
    assert named("Wetterbericht für morgen, bitte.") == ["wetterbericht-für-morgen"]
    assert named("天気予報") == ["天気予報"]


def test_what_all_tasks_share_tells_nothing():
    shared = "The agency writes for newspapers of the whole country. You should follow the house style of the agency. "
    names = named(*(shared + own for own in ("Translate the letter.", "Extract order numbers.", "Weather map, hourly")))
    assert names[:2] == ["translate-letter", "extract-order-numbers"]
    assert names[2].startswith("weather-map")


def test_an_agent_of_several_words_names_its_task_and_one_of_one_word_only_where_nothing_is_asked():
    text = "Write a letter"
    assert named(text, agents=["Order Details"]) == ["order-details"]
    assert named(text, agents=["LangGraph"]) == ["write-letter"]
    assert named(text, agents=["proxy"]) == ["write-letter"]
    assert named("You are Proxy.", agents=["proxy"]) == ["proxy"]


def test_an_agent_that_is_a_sentence_is_cut():
    sentences = ["a Planning Agent observing execution progress", "the editor in chief who writes all of the headlines"]
    assert named("", "", agents=sentences) == ["planning-agent", "editor-in-chief"]


def test_tasks_that_are_asked_the_same_are_told_apart():
    names = named("Write a patch for the issue.", "The edit was not applied. You should write a patch for the issue.")
    assert names[0] == "write-patch"
    assert names[1].startswith("write-patch-")


def test_names_differ_and_taken_ones_stay():
    text = "Route messages to queues"
    names = named(text, text, text, "", "", taken=[None, "route-messages", None, None, None])
    assert names[1] == "route-messages"
    assert len(set(names)) == 5
    assert names[3:] == ["task", "task-2"]


def test_spare_names_are_slugs():
    assert named("", spare=["The File_Analyst!"]) == ["the-file-analyst"]


@pytest.mark.parametrize("junk", ["", "\x00\ufffd" * 1000, "!" * 10**6, "a " * 10**6, "write " * 10**5, "x" * 10**6])
def test_junk_has_a_name_in_bounded_time(junk):
    assert named(junk, junk)[0]
