import pytest, sys
from bot.understanding import examples
from nlu.builtin import BuiltinUnderstander
from nlu.text.normalise import Normaliser
from tests.fakes.legal import with_consultants
from tests.fakes.house import House
import yaml

@pytest.fixture(scope="session")
def builtin(words):
    s = examples(Normaliser(words))
    return BuiltinUnderstander(lambda: s)

async def test_try(house, builtin):
    house.understander.instead = builtin
    await with_consultants(house)
    for n, convo in enumerate(yaml.safe_load(__import__("pathlib").Path("/tmp/w/legal_try.yaml").read_text())):
        user=f"u{n}"
        print("=======", n)
        for line in convo:
            if line.startswith("!"):
                turn = await house.press(line[1:], turn, user)
            elif line.startswith("+"):
                house.later(**eval(line[1:])); continue
            else:
                turn = await house.say(line, user)
            print(">>", line, "[", turn.understanding.intent if turn.understanding else None, "]")
            for r in turn.replies:
                print("   ", r.kind, r.text.replace("\n"," / ")[:400], [c.label for c in r.choices][:6], dict(r.slots))
