"""Runs real-estate-lead-agent's own turn processing, for a process that writes one JSON line and reads one back.

Runs in an environment of its own, beside nothing of this project. Prompt, schema, merging and scoring are those of the
package. Its base class comes from `agents-builder`, which needs Python 3.12 and a hosted model; here stands a small one
in its place, which sends the same messages and schema to an OpenAI-compatible address. argv: that address.
"""

import asyncio
import json
import sys
import types
import urllib.request

ADDRESS = sys.argv[1]
ROLES = {"system": "system", "human": "user", "ai": "assistant"}


class Generic:
    """Stands for a class that takes a type in brackets."""

    def __class_getitem__(cls, _: object) -> type:
        return cls


class SchemaBasedPrompt(Generic):
    """As in agents-builder: the package's prompt overrides all of it."""


class LLMNode(Generic):
    """As in agents-builder, but for how the model is reached."""

    def __init__(self, name: str, model: object, prompt: type, structured_output: type) -> None:
        self.name, self.model, self.prompt, self.schema = name, model, prompt, structured_output

    async def _ainvoke(self, state: dict) -> object:
        return await asyncio.to_thread(self._asked, state)

    def _asked(self, state: dict) -> object:
        messages = [{"role": ROLES[each.type], "content": str(each.content)} for each in self.prompt.render(state)]
        schema = {"name": "decision", "schema": self.schema.model_json_schema()}
        body = {
            "model": "local", "messages": messages, "temperature": 0, "seed": 1, "max_tokens": 500,
            "response_format": {"type": "json_schema", "json_schema": schema},
        }  # fmt: skip
        request = urllib.request.Request(
            f"{ADDRESS}/chat/completions", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=240) as answer:
            return self.schema.model_validate_json(json.load(answer)["choices"][0]["message"]["content"])


stand_in = types.ModuleType("agents_builder.langgraph")
stand_in.LLMNode, stand_in.SchemaBasedPrompt = LLMNode, SchemaBasedPrompt
sys.modules["agents_builder"], sys.modules["agents_builder.langgraph"] = types.ModuleType("agents_builder"), stand_in

from langchain_core.messages import AIMessage, HumanMessage  # noqa: E402
from real_estate_lead_agent.nodes import QualificationNode  # noqa: E402
from real_estate_lead_agent.scoring import CodeBasedLeadScorer  # noqa: E402

node = QualificationNode("qualify", None, CodeBasedLeadScorer())
for line in sys.stdin:
    wanted = json.loads(line)
    state = {"messages": [], "lead": {}, "addressed_fields": [], "funnel_events": [], "result": None}
    said, failed = [], None
    state["messages"].append(AIMessage(content=wanted["opening"]))
    try:
        for texts in wanted["turns"]:
            state["messages"].append(HumanMessage(content="\n".join(texts)))
            changed = asyncio.run(node(state))
            changed["messages"] = [*state["messages"], *changed["messages"]]
            state.update(changed)
            said.append(str(state["messages"][-1].content))
    except Exception as error:
        failed = type(error).__name__
    event = str(state.get("conversion_event", ""))
    answer = {"said": said, "event": event, "stage": str(state.get("conversation_stage", "")), "failed": failed}
    print(json.dumps(answer), flush=True)
