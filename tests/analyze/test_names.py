from slm_instrument.analyze.names import name_tasks


def named(*instructions, agents=None, taken=None, spare=None):
    nothing = [None] * len(instructions)
    return name_tasks(instructions, agents or nothing, taken or nothing, spare or [""] * len(instructions))


def test_telling_words_in_the_order_of_the_text():
    assert named("Classify the intent of the customer's message. Answer with one label.") == [
        "classify-intent-customers"
    ]


def test_words_that_all_tasks_share_tell_nothing():
    names = named(
        "Work for the shop: translate the letter into Norwegian",
        "Work for the shop: extract order numbers",
        "Work for the shop: summarise complaints",
    )
    assert "translate" in names[0]
    assert "extract" in names[1]
    assert "summarise" in names[2]


def test_the_agent_names_its_task_unless_a_framework_named_the_agent():
    assert named("Write a letter", "Write a letter", agents=["Order Details", "LangGraph"]) == [
        "order-details",
        "write-letter",
    ]


def test_names_differ_and_taken_ones_stay():
    text = "Route messages to queues"
    names = named(text, text, text, "", "", taken=[None, "route-messages-queues", None, None, None])
    assert names[1] == "route-messages-queues"
    assert len(set(names)) == 5
    assert names[3:] == ["task", "task-2"]


def test_spare_names_are_slugs():
    assert named("", spare=["The File_Analyst!"]) == ["the-file-analyst"]
