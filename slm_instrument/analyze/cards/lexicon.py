"""English words by what they do in an instruction; see :mod:`~slm_instrument.analyze.cards.phrases`."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What language models are asked to do.
VERBS = _words(
    """
    adapt aggregate analyse analyze annotate answer arrange ask assess assign audit book brainstorm break build
    calculate call cancel categorise categorize check choose classify clean collect combine compare compile complete
    compose compress compute condense conduct confirm consider construct contrast convert correct count craft create
    critique customise customize debug decide decompose deduplicate define delegate delete describe design detect
    determine develop diagnose disambiguate discuss document draft draw edit emit enhance enrich escalate estimate
    evaluate execute expand explain express extract fetch fill filter find fix flag forecast format gather generate
    give grade group guess handle help highlight identify implement improve infer insert inspect interpret
    investigate iterate judge label link list localise localize locate look manage map match merge migrate moderate
    modify monitor negotiate normalise normalize observe obtain optimise optimize order organise organize outline
    output paraphrase parse perform personalise personalize pick pinpoint plan polish predict prepare present
    prioritise prioritize produce proofread propose provide quantify query quote rank rate read recognise recognize
    recommend reconcile redact refactor refine reformat remove reorder repair rephrase replace reply rerank research
    resolve respond retrieve return review revise rewrite route sanitise sanitize say scan schedule score scrape
    screen search segment select send separate shorten simplify simulate sketch solve sort split spot standardise
    standardize study submit substitute suggest summarise summarize synthesise synthesize tag tell think trace track
    transcribe transform translate triage trim troubleshoot update use validate verify visualise visualize write
    """
)
# Of these, those that ask for an answer, whatever it says; and objects that say as little.
VAGUE_VERBS = _words(
    """
    answer ask call complete consider emit execute give help look output perform provide read reply respond return
    say study tell think use
    """
)
VAGUE_OBJECTS = _words(
    """
    action actions answer answers format goal information instruction instructions output question questions reply
    request requests response responses result results rules step steps task tasks tool tools user users way work
    """
)
# What may stand between a verb and the nouns of its object.
BEFORE_NOUNS = _words(
    """
    a above accurate actual additional all an another any appropriate available below best brief clear collected
    complete concise concrete correct corresponding current detailed different each entire every exact existing
    final first following full given her high-quality his if important its main me more most multiple my necessary
    new next of one only original other our overall own possible precise provided relevant remaining retrieved short
    simple single some specific structured that the their these this those three two us valid various whether which
    your
    """
)
# What ends the object.
AFTER_NOUNS = _words(
    """
    about according across after against along among and are around as at based be because been before behind
    between but by can could describing did do does during else for from has have how in instead into is it like
    must not off on onto or over per regarding should so such than then there they through to too toward under until
    up upon using via was we were what when where while who whose why will with within without would you
    """
)
# What stands before a verb that asks for something: a word that opens it, a modal (and how surely that asks), a duty,
# somebody who is said to do it.
OPENING = _words("please now finally then first next just simply always let's")
MODALS = {"should": 1.3, "must": 1.2, "shall": 1.2, "will": 0.8, "can": 0.6, "could": 0.6, "may": 0.5}
DUTIES = _words("goal job purpose responsibility role task need needs have asked want required")
PERSONS = _words("agent assistant bot expert specialist specialised specialized skilled system")
# What opens a sentence that asks for something behind a comma: "given a schema, write a query".
SETTING = _words("according after as based before considering for from given if in to using when with")
NEGATIONS = _words("not never don't cannot can't without none won't")
JOINING = _words("and or then ,")
# What every prompt says, beside the words without meaning: it names no task.
COMMON = _words(
    """
    a about above according after again all also am an and any are as assistant at based be because been before
    below between both but by can cannot could did do does doing don't down during each either else etc ever every
    exactly expert few following for from further given had has have having helpful here how however i if in into is
    it it's its itself just let let's like list listed make may me might more most must my need no nor not note now
    of off on once one only or other otherwise our out over own please provide return same shall she should so some
    such than that the their them then there these they this those through to too under until up upon use used user
    user's using very want was we well were what when where which while who whom why will with without would you
    you'll you're your yourself he her him his us model ai system prompt respond response reply output input example
    examples format instruction instructions task tasks question answer answers name goal role personal current word
    words text line lines step
    """
)
