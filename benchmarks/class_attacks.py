"""Attacks on a lesson, over the websocket: votes that do not count, secrets, markup."""

import random
import re
from contextlib import AsyncExitStack

from benchmarks.classroom import Notes
from benchmarks.lesson import Person
from benchmarks.visitor import Fault, Visitor
from inkling.ui.markdown import escape_markdown

_NAME = "<img src=x> **a**"
_QUESTION = "Is <script>alert(1)</script> **right**?"
_MARKUP = re.compile(r"(?<!\\)(<[a-z/]|\]\()|(?<!\\)\*\*(a|right)")  # that is not escaped
_OPTIONS = "<b>Yes</b>\n[No](javascript:alert(1))"


async def cheat(address: str, chance: random.Random, share: float) -> list[str]:
    """Vote in two tabs, in another's session and without a name; look at votes; send markup."""
    notes, faults = Notes(), list[str]()
    base = chance.randrange(10**6)
    async with AsyncExitStack() as stack:

        async def arrive(number: int, page: str = "explore", name: str = "") -> Person:
            person = Person(notes, base + number)
            await person.open(address, page)
            stack.push_async_callback(person.leave)
            if name:
                person.name = name
                await person.visitor.set("text_input", "Your name in the class", string_value=name)
                await person.visitor.press("Join the class")
            return person

        teacher = await arrive(1, "teacher")
        await teacher.sign_in()
        await teacher.visitor.set("text_area", "Question", string_value=_QUESTION)
        await teacher.visitor.set("text_area", "ask_options", string_value=_OPTIONS)
        await teacher.press("Ask the class")
        board = Person(notes, teacher.number)
        board.cookies = teacher.cookies
        await board.open(address, "class")
        stack.push_async_callback(board.leave)

        mia, ben = await arrive(2, name=_NAME), await arrive(3, name="Ben")
        tab = await arrive(2)
        for choice, page in enumerate((mia, tab, tab)):
            await _vote(page, choice % 2)
        await board.sees(lambda: board.reads("1 of 2 have voted"), "one vote of one pupil")

        stranger = Visitor(address, notes.add, {"inkling_visitor": f"{base + 4:032x}"})
        await stranger.open("explore", session_id=mia.visitor.session_id)
        stack.push_async_callback(stranger.leave)
        if stranger.has("radio", "vote_"):
            faults.append("a visitor without a name can vote in a pupil's session")
        if any(escape_markdown(_NAME) in text for text in stranger.texts("markdown")):
            faults.append("a visitor is a pupil by the id of a session")

        curious = await arrive(5, "class", name="Cid")
        pages = {"Ben's page": ben.visitor, "a pupil at /class": curious.visitor}
        for who, visitor in pages.items():
            if any(visitor.has("bidi_component", key) for key in ("bars_", "board_votes_")):
                faults.append(f"{who} has votes that are not shown")
        if curious.reads("have voted"):
            faults.append("a pupil sees the board")
        await board.sees(lambda: board.reads("1 of 3 have voted"), "still one vote")
        for text in board.visitor.texts("markdown"):
            if _MARKUP.search(text):
                faults.append(f"markup is on the board: {text}")
        await teacher.press("Delete the question")
        await tab.sees(lambda: tab.reads("deleted the question"), "a notice")
    return faults


async def _vote(person: Person, option: int) -> None:
    await person.sees(lambda: person.visitor.has("radio", "vote_"), "the question")
    options = person.visitor.find("radio", "vote_").element.radio.options
    try:
        await person.visitor.set("radio", "vote_", string_value=options[option])
    except Fault as fault:
        raise Fault(f"a vote: {fault}") from fault
