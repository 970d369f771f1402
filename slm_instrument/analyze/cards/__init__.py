"""What a task's card says beyond counts: its name, answers, schemas, examples, growth, and what it would save.

Each module is one question, answered by functions of calls or figures; none reads or writes a store.
"""
