"""The same sets against others: a package from PyPI that does our job in small, and a bare model with a prompt.

    python -m evaluation.baselines --minutes 10

    contenders.py        who is asked: our rules, a bare prompt, the package
    local_model.py       the small model on this machine that both others think with
    lead_agent.py        the package real-estate-lead-agent, in an environment of its own
    lead_agent_side.py   what runs in there
    run.py               asks all the same items, by turns, until the time is up

Both others need a language model, and none but the small one of `make test-llm` runs without a key. Its 1.5 billion
parameters are few, so the figures say what such a prompt does with such a model, and no more.
"""
