"""All runs that are kept: found, opened, renamed, deleted, compared, loaded."""

from dataclasses import fields
from datetime import datetime
from typing import Any

import streamlit as st

from inkling.charts import run_comparison, style
from inkling.runs.run import Run, RunInfo
from inkling.runs.run_file import MAX_BYTES, MAX_NAME, MAX_NOTES, RunError
from inkling.runs.store import DamagedRun
from inkling.server.classroom import class_mode
from inkling.server.limits import LimitError
from inkling.ui import services, session_keys, visitor
from inkling.ui.markdown import escape_markdown
from nn import TrainConfig

SHOWN = 10  # runs a page
COMPARED = 6
EMPTY = "No run is kept yet. Start one under **One run**: when it ends, it is here."
CURVE = (
    "Of the images that are held back; where a run held none back, of those that it learns from."
)


def show() -> None:
    """Draw the view."""
    st.markdown(
        "Every run that ended or was stopped is kept on the computer that runs Inkling, with its "
        "settings, its course and its network."
    )
    found = services.visible_runs().runs()
    undo()
    if interrupted := len(services.checkpoints().interrupted(visitor.visitor_id())):
        runs = "One run" if interrupted == 1 else f"{interrupted} runs"
        st.caption(f"{runs} that something interrupted can go on under **One run**.")
    if not found:
        st.info(EMPTY)
    else:
        listed = search(found)
        compared = listing(listed)
        compare(compared)
    load()


def search(found: list[RunInfo | DamagedRun]) -> list[RunInfo | DamagedRun]:
    """Draw the search; return the runs that it leaves."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        words = st.text_input(
            "Search",
            key=session_keys.RUN_SEARCH,
            persist_state="session",
            placeholder="Name, notes, or a setting such as relu",
        )
        groups = any(isinstance(info, RunInfo) and info.group for info in found)
        parts = groups and st.toggle(
            "Show those of sweeps and experiments",
            key=session_keys.RUN_PARTS,
            persist_state="session",
        )
    wanted = words.lower().split()
    return [
        info
        for info in found
        if all(word in text_of(info) for word in wanted)
        and (parts or isinstance(info, DamagedRun) or not info.group)
    ]


def text_of(info: RunInfo | DamagedRun) -> str:
    """Return what a run can be found by."""
    if isinstance(info, DamagedRun):
        return f"damaged {info.id}"
    settings = " ".join(f"{name} {value}" for name, value in vars(info.config).items())
    return f"{info.name} {info.notes} {settings} {layers(info.config)}".lower()


def listing(infos: list[RunInfo | DamagedRun]) -> list[RunInfo]:
    """Draw a page of runs, a line each; return those that are ticked for comparison."""
    if not infos:
        st.info("No run fits these words.")
        return []
    ticked = st.session_state.setdefault(session_keys.COMPARED, [])
    pages = -(-len(infos) // SHOWN)
    place = st.container(gap="small")
    page = 1
    if pages > 1:
        page = st.pagination(pages, key=f"{session_keys.RUN_PAGE}_{pages}")
    with place:
        for info in infos[(page - 1) * SHOWN : page * SHOWN]:
            if isinstance(info, DamagedRun):
                damaged(info)
            else:
                line(info, ticked)
    by_id = {info.id: info for info in services.finished_runs()}
    return [by_id[run_id] for run_id in ticked if run_id in by_id]


def line(info: RunInfo, ticked: list[str]) -> None:
    """Draw a run's line: a tick to compare it, what it is, and what can be done with it."""

    def tick() -> None:
        if st.session_state[key]:
            ticked.append(info.id)
        else:
            ticked.remove(info.id)

    key = f"compare_{info.id}"
    st.session_state[key] = info.id in ticked
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        st.checkbox(
            "Compare",
            key=key,
            on_change=tick,
            disabled=info.id not in ticked and len(ticked) >= COMPARED,
            label_visibility="collapsed",
            help=f"Compare up to {COMPARED} runs",
        )
        st.markdown(
            f"**{escape_markdown(info.name)}**  \n:small[{summary(info)}]"
            + (
                f"  \n:small[{escape_markdown(' '.join(info.notes.split()))}]" if info.notes else ""
            ),
            width="stretch",
        )
        st.button("Open", key=f"open_{info.id}", on_click=open_run, args=(info.id,))
        with st.popover("More"):
            describe(info)


def summary(info: RunInfo) -> str:
    """Return the figures of a run in a line."""
    accuracy = "" if info.test_accuracy is None else f"{info.test_accuracy:.2%} · "
    when = datetime.fromtimestamp(info.created).strftime("%d %b %Y, %H:%M")
    stopped = "" if info.status == "done" else " · stopped"
    return (
        f"{accuracy}{layers(info.config)} · {info.epochs:.3g} "
        f"{'epoch' if info.epochs == 1 else 'epochs'} · "
        f"{escape_markdown(info.data_name)} · {when}{stopped}"
    )


def layers(config: TrainConfig) -> str:
    """Return the units of each layer."""
    return "-".join(map(str, config.sizes))


def open_run(run_id: str) -> None:
    """Show a run under "One run"; called before the page is drawn again."""
    st.session_state[session_keys.SHOWN_RUN] = run_id
    st.session_state[session_keys.VIEW] = session_keys.ONE_RUN


def describe(info: RunInfo) -> None:
    """Let a run be taken away; and, by whoever may, be renamed, noted, published, deleted."""
    if not services.visible_runs().may_change(info):
        st.caption("Somebody published this run to the class.")
        download(info)
        return
    with st.form(f"describe_{info.id}", border=False):
        name = st.text_input("Name", info.name, max_chars=MAX_NAME)
        notes = st.text_area("Notes", info.notes, max_chars=MAX_NOTES)
        if st.form_submit_button("Save"):
            try:
                services.visible_runs().describe(info.id, name, notes)
            except (RunError, OSError) as error:
                st.error(f"That could not be saved: {escape_markdown(str(error))}")
            else:
                st.rerun()
    if class_mode():
        publish(info)
    with st.container(horizontal=True):
        download(info)
        st.button("Delete", key=f"delete_{info.id}", on_click=delete, args=(info.id, info.name))


def publish(info: RunInfo) -> None:
    """Let a run be shown to the class, or be taken back."""

    def changed() -> None:
        try:
            services.visible_runs().publish(info.id, st.session_state[key])
        except (RunError, OSError) as error:
            st.toast(f"That could not be done: {escape_markdown(str(error))}")

    key = f"publish_{info.id}"
    st.session_state[key] = services.visible_runs().is_published(info.id)
    st.toggle(
        "Show it to the class",
        key=key,
        on_change=changed,
        help="All visitors see the run, its name and its notes, and can use its network. Only you "
        "can change it.",
    )


def download(info: RunInfo) -> None:
    """Offer a run's file."""
    st.download_button(
        "Download",
        lambda: services.visible_runs().read(info.id),
        file_name=f"inkling-{layers(info.config)}-run.safetensors",
        mime="application/octet-stream",
        on_click="ignore",
        key=f"download_{info.id}",
    )


def delete(run_id: str, name: str) -> None:
    """Take a run out of the list, and offer to bring it back."""
    try:
        services.visible_runs().delete(run_id)
    except RunError as error:
        st.session_state[session_keys.DELETED_RUN] = ("", str(error))
    else:
        st.session_state[session_keys.DELETED_RUN] = (run_id, name)


def undo() -> None:
    """Say what was deleted, and offer to bring it back."""
    run_id, name = st.session_state.get(session_keys.DELETED_RUN, ("", ""))
    if not name:
        return
    if not run_id:
        st.error(escape_markdown(name))
        return
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        st.markdown(f"**{escape_markdown(name)}** was deleted.", width="content")
        st.button("Undo", on_click=restore, args=(run_id,))


def restore(run_id: str) -> None:
    """Bring the run back that was deleted last."""
    try:
        services.visible_runs().restore(run_id)
    except RunError as error:
        st.session_state[session_keys.DELETED_RUN] = ("", str(error))
    else:
        del st.session_state[session_keys.DELETED_RUN]


def damaged(info: DamagedRun) -> None:
    """Draw the line of a file that cannot be read."""
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        st.markdown(
            f":red[**Damaged**] {info.id[:8]}…  \n:small[{escape_markdown(info.error)}]",
            width="stretch",
        )
        st.button(
            "Delete", key=f"delete_{info.id}", on_click=delete, args=(info.id, "A damaged run")
        )


def compare(infos: list[RunInfo]) -> None:
    """Draw the curves of some runs over each other, and a table of what differs."""
    if len(infos) < 2:
        st.caption(f"Tick two to {COMPARED} runs to lay their curves over each other.")
        return
    opened = []
    for info in infos:
        try:
            opened.append(services.open_run(info.id))
        except RunError as error:
            st.error(escape_markdown(f"{info.name}: {error}"))
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        st.subheader("Compared")
        st.button("Clear the ticks", on_click=lambda: st.session_state.pop(session_keys.COMPARED))
    left, right = st.columns(2)
    with left:
        st.markdown("**Cost**", help=CURVE)
        st.plotly_chart(
            run_comparison.cost_comparison_chart(opened),
            config=style.CONFIG,
            key="compared_cost",
            alt="Cost of the compared runs",
        )
    with right:
        st.markdown("**Accuracy**", help=CURVE)
        st.plotly_chart(
            run_comparison.accuracy_comparison_chart(opened),
            config=style.CONFIG,
            key="compared_accuracy",
            alt="Accuracy of the compared runs",
        )
    st.table(differences(opened))


def differences(runs: list[Run]) -> dict[str, list[str]]:
    """Return what differs between runs, and their results: a column each, a line each run."""
    table: dict[str, list[str]] = {"Run": [escape_markdown(run.info.name) for run in runs]}
    for field in fields(TrainConfig):
        values = [getattr(run.info.config, field.name) for run in runs]
        if any(value != values[0] for value in values):
            table[field.name.replace("_", " ")] = [in_words(value) for value in values]
    if any(run.events for run in runs):
        table["eta changed"] = [
            ", ".join(f"to {e.learning_rate:g} at batch {e.step:,}" for e in run.events) or "no"
            for run in runs
        ]
    table["validation"] = [percent(run.info.validation_accuracy) for run in runs]
    table["test"] = [percent(run.info.test_accuracy) for run in runs]
    table["seconds"] = [f"{run.info.seconds:.1f}" for run in runs]
    return table


def in_words(value: Any) -> str:
    """Return a setting as a person would write it."""
    if isinstance(value, tuple):
        return "-".join(map(str, value)) or "none"
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def percent(share: float | None) -> str:
    """Return a share in percent, or a dash."""
    return "-" if share is None else f"{share:.2%}"


def load() -> None:
    """Take a run from a file; say what is wrong with one that is refused."""
    with st.expander("Load a run from a file"):
        file = st.file_uploader(
            "A run that was downloaded here",
            type="safetensors",
            max_upload_size=MAX_BYTES // 2**20,
            key=f"run_file_{st.session_state.get(session_keys.LOADED_RUNS, 0)}",
        )
        if file is None:
            return
        try:
            services.limits().check_upload(file.size)
            services.visible_runs().upload(file.getvalue())
        except (RunError, LimitError) as error:
            st.error(escape_markdown(str(error)))
        except OSError as error:
            st.error(f"The run could not be kept: {error.strerror}.")
        else:
            # Another uploader in the place of this one: the file is in the list now.
            st.session_state[session_keys.LOADED_RUNS] = (
                st.session_state.get(session_keys.LOADED_RUNS, 0) + 1
            )
            st.rerun()
