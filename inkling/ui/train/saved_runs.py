"""Saved runs: search, list, rename, publish, delete, compare, upload."""

import streamlit as st

from inkling.charts import run_comparison, style
from inkling.charts.accuracy_level import level
from inkling.charts.number_format import local_time
from inkling.charts.sparkline import WIDTH, accuracy_sparkline
from inkling.runs.run import Run, RunInfo
from inkling.runs.run_file import MAX_BYTES, MAX_NAME, MAX_NOTES, RunError
from inkling.runs.run_name import changes, nearest_recipe
from inkling.runs.settings import SETTINGS
from inkling.runs.store import DamagedRun
from inkling.server.classroom import class_mode
from inkling.server.limits import LimitError
from inkling.ui import services, session_keys, visitor
from inkling.ui.markdown import escape_markdown, label_in_row, plain_label
from inkling.ui.train import parameters
from inkling.ui.train.one_run import open_run
from inkling.ui.widgets.address import is_new, write_choice
from inkling.ui.widgets.chart import chart
from nn import recipes

PER_PAGE = 10  # runs
MAX_COMPARED = 6
EMPTY = "No run is saved yet. Start one under **One run**: it appears here when it ends."
CURVES = "The curves are of validation images or, where a run has none, of training images."


def show() -> None:
    """Draw the view."""
    st.markdown(
        "Every run is saved when it ends or is stopped, on the computer that runs Inkling: "
        "settings, training history and network."
    )
    infos = services.visible_runs().runs()
    _show_undo()
    if interrupted := len(services.checkpoints().interrupted(visitor.visitor_id())):
        runs = "One interrupted run" if interrupted == 1 else f"{interrupted} interrupted runs"
        st.caption(f"{runs} can resume under **One run**.")
    if not infos:
        st.info(EMPTY)
        _show_upload()
        return
    listed, compared = st.columns([3, 2], gap="large")
    with listed:
        ticked = _show_list(_search(infos))
        _show_upload()
    opened = _opened_runs(ticked)
    with compared, st.container(key="comparison"):
        _show_comparison(opened)
    if opened:  # across the page: a table of many settings has no room beside the list
        st.header("Settings and results")
        st.table(_differences(opened))


def _search(infos: list[RunInfo | DamagedRun]) -> list[RunInfo | DamagedRun]:
    """Draw the search box; return the runs that match all of its words."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        query = st.text_input(
            "Search",
            key=session_keys.RUN_SEARCH,
            persist_state="session",
            placeholder="Name, notes, or a setting such as relu",
        )
        groups = any(isinstance(info, RunInfo) and info.group for info in infos)
        grouped = groups and st.toggle(
            "Include runs from sweeps, Learn and the failure lab",
            key=session_keys.GROUPED_RUNS,
            persist_state="session",
        )
    words = query.lower().split()
    return [
        info
        for info in infos
        if all(word in _text_of(info) for word in words)
        and (grouped or isinstance(info, DamagedRun) or not info.group)
    ]


def _text_of(info: RunInfo | DamagedRun) -> str:
    """Return the text of a run that is searched, in lower case."""
    if isinstance(info, DamagedRun):
        return f"damaged {info.id}"
    settings = " ".join(
        f"{field} {value} {SETTINGS[field].phrase(value)}"
        for field, value in vars(info.config).items()
    )
    layers = info.config.architecture
    return f"{info.name} {info.notes} {settings} {layers} {layers.summary}".lower()


def _show_list(infos: list[RunInfo | DamagedRun]) -> list[RunInfo]:
    """Draw a page of runs, a row each; return those ticked for comparison."""
    if not infos:
        st.info("No runs match your search.")
        return []
    ticked = _ticked_runs()
    pages = -(-len(infos) // PER_PAGE)
    rows = st.container(gap=None)
    page = 1
    if pages > 1:
        page = st.pagination(pages, key=f"{session_keys.RUN_PAGE}_{pages}")
    with rows:
        for info in infos[(page - 1) * PER_PAGE : page * PER_PAGE]:
            if isinstance(info, DamagedRun):
                _show_damaged(info)
            else:
                _show_row(info, ticked)
    by_id = {info.id: info for info in services.finished_runs()}
    return [by_id[run_id] for run_id in ticked if run_id in by_id]


def _ticked_runs() -> list[str]:
    """Return the ids of the runs that are ticked, which the page's address names."""
    key = session_keys.COMPARED_RUNS
    linked = st.query_params.get(parameters.COMPARED, "")
    if is_new(key, linked):
        ids = [info.id for info in services.finished_runs()]
        named = dict.fromkeys(run_id for run_id in linked.split(".") if run_id in ids)
        st.session_state[key] = list(named)[:MAX_COMPARED]
    ticked: list[str] = st.session_state.setdefault(key, [])
    write_choice(parameters.COMPARED, key, ".".join(ticked) or None)
    return ticked


def _show_row(info: RunInfo, ticked: list[str]) -> None:
    """Draw the row of a run: check box for comparison, curve, summary, and buttons."""

    def toggle() -> None:
        if st.session_state[key]:
            ticked.append(info.id)
        else:
            ticked.remove(info.id)

    key = f"compare_{info.id}"
    st.session_state[key] = info.id in ticked
    with st.container(horizontal=True, vertical_alignment="center", key=f"saved_run_{info.id}"):
        st.checkbox(
            plain_label(f"Compare {info.name}"),
            key=key,
            on_change=toggle,
            disabled=info.id not in ticked and len(ticked) >= MAX_COMPARED,
            label_visibility="collapsed",
            help=f"Compare up to {MAX_COMPARED} runs",
        )
        _show_sparkline(info)
        lines = [f"**{escape_markdown(info.name)}**", f":small[{summary(info)}]"]
        if changed := _unnamed_changes(info):
            lines.append(f":small[{escape_markdown(changed)}]")
        if info.notes:
            lines.append(f":small[{escape_markdown(' '.join(info.notes.split()))}]")
        st.markdown("  \n".join(lines), width="stretch")
        open_label = label_in_row("Open", info.name)
        st.button(open_label, key=f"open_{info.id}", on_click=open_run, args=(info.id,))
        with st.popover(label_in_row("More", info.name), key=f"more_{info.id}"):
            _show_menu(info)


def _show_sparkline(info: RunInfo) -> None:
    """Draw the curve of a run's accuracy; nothing where its file is damaged."""
    try:
        sparkline = _sparkline(info.id, services.visible_runs().stamp(info.id))
    except RunError:
        return
    st.image(sparkline, width=WIDTH, alt="Accuracy from the beginning of the run to its end")


@st.cache_data(max_entries=1_000, show_spinner=False)
def _sparkline(run_id: str, stamp: tuple[int, int]) -> str:
    """Return the sparkline of a file, which a stamp tells from its former versions; RunError."""
    return accuracy_sparkline(services.open_run(run_id).history)


def _unnamed_changes(info: RunInfo) -> str:
    """Return what differs from the nearest recipe, unless the name of the run says it."""
    recipe = nearest_recipe(info.config)
    changed = changes(vars(info.config), recipes[recipe])
    if not changed or all(phrase in info.name for phrase in changed):
        return ""
    return f"Differs from {recipe}: {', '.join(changed)}"


def summary(info: RunInfo) -> str:
    """Return accuracy, layers, epochs, data set and date of a run, in one line of Markdown."""
    share = info.test_accuracy if info.finite else None
    accuracy = "" if share is None else f"Test accuracy {share:.2%} {level(share).badge} · "
    when = local_time(info.created)
    stopped = "" if info.status == "done" else " · stopped"
    return (
        f"{accuracy}{info.config.architecture.summary} · {info.epochs:.3g} "
        f"{'epoch' if info.epochs == 1 else 'epochs'} · "
        f"{escape_markdown(info.data_name)} · {when}{stopped}"
    )


def _show_menu(info: RunInfo) -> None:
    """Draw the menu of a run: download, and for its owner name, notes, publish, delete."""
    if not services.visible_runs().may_change(info):
        st.caption("Shown to the class by its owner.")
        _show_download(info)
        return
    with st.form(f"describe_{info.id}", border=False):
        name = st.text_input("Name", info.name, max_chars=MAX_NAME)
        notes = st.text_area("Notes", info.notes, max_chars=MAX_NOTES)
        if st.form_submit_button("Save"):
            try:
                services.visible_runs().describe(info.id, name, notes)
            except (RunError, OSError) as error:
                st.error(f"The changes could not be saved: {_reason(error)}")
            else:
                st.rerun()
    if class_mode():
        _show_publish_switch(info)
    with st.container(horizontal=True):
        _show_download(info)
        st.button("Delete", key=f"delete_{info.id}", on_click=_delete, args=(info.id, info.name))


def _show_publish_switch(info: RunInfo) -> None:
    """Draw the switch that shows a run to the class."""

    def changed() -> None:
        try:
            services.visible_runs().publish(info.id, st.session_state[key])
        except (RunError, OSError) as error:
            st.toast(f"That could not be done: {_reason(error)}")

    key = f"publish_{info.id}"
    st.session_state[key] = services.visible_runs().is_published(info.id)
    st.toggle(
        "Show to the class",
        key=key,
        on_change=changed,
        help="All visitors see the run, its name and its notes, and can use its network. Only you "
        "can change it.",
    )


def _show_download(info: RunInfo) -> None:
    """Draw the download button of a run's file."""
    st.download_button(
        "Download",
        lambda: services.visible_runs().read(info.id),
        file_name=f"inkling-{info.config.architecture}-run.safetensors",
        mime="application/octet-stream",
        on_click="ignore",
        key=f"download_{info.id}",
    )


def _delete(run_id: str, name: str) -> None:
    """Delete a run, which can be undone."""
    try:
        services.visible_runs().delete(run_id)
    except RunError as error:
        st.session_state[session_keys.DELETED_RUN] = ("", str(error))
    else:
        st.session_state[session_keys.DELETED_RUN] = (run_id, name)


def _show_undo() -> None:
    """Draw the name of the run deleted last and the button that restores it."""
    run_id, name = st.session_state.get(session_keys.DELETED_RUN, ("", ""))
    if not name:
        return
    if not run_id:
        st.error(escape_markdown(name))
        return
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        st.markdown(f"**{escape_markdown(name)}** was deleted.", width="content")
        st.button("Undo", on_click=_restore, args=(run_id,))


def _restore(run_id: str) -> None:
    """Restore the run that was deleted last."""
    try:
        services.visible_runs().restore(run_id)
    except RunError as error:
        st.session_state[session_keys.DELETED_RUN] = ("", str(error))
    except OSError as error:
        st.toast(
            f"This run could not be restored: {_reason(error)}. Delete other runs in another "
            "tab, then press Undo again."
        )
    else:
        del st.session_state[session_keys.DELETED_RUN]


def _reason(error: RunError | OSError) -> str:
    """Return why something failed, as Markdown."""
    reason = error.strerror if isinstance(error, OSError) else None
    return escape_markdown(reason or str(error))


def _show_damaged(info: DamagedRun) -> None:
    """Draw the row of a file that cannot be read."""
    row = f"row_of_{info.id}"
    with st.container(horizontal=True, vertical_alignment="center", border=True, key=row):
        st.markdown(
            f":red[**Damaged**] {info.id[:8]}…  \n:small[{escape_markdown(info.error)}]",
            width="stretch",
        )
        st.button(
            label_in_row("Delete", f"the damaged run {info.id[:8]}"),
            key=f"delete_{info.id}",
            on_click=_delete,
            args=(info.id, "A damaged run"),
        )


def _opened_runs(infos: list[RunInfo]) -> list[Run]:
    """Return the runs to compare, without damaged ones; none of fewer than two."""
    if len(infos) < 2:
        return []
    runs = []
    for info in infos:
        try:
            runs.append(services.open_run(info.id))
        except RunError as error:
            st.error(escape_markdown(f"{info.name}: {error}"))
    return runs


def _show_comparison(runs: list[Run]) -> None:
    """Draw charts with the curves of several runs."""
    if not runs:
        st.caption(f"Select 2 to {MAX_COMPARED} runs to compare their curves.")
        return
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        st.header("Compared")
        st.button(
            "Clear selection", on_click=lambda: st.session_state.pop(session_keys.COMPARED_RUNS)
        )
    st.caption(CURVES)
    st.markdown("**Accuracy**")
    chart(
        run_comparison.accuracy_comparison_chart(runs),
        config=style.CONFIG,
        key="compared_accuracy",
        alt="Accuracy of the compared runs",
    )
    st.markdown("**Cost**")
    chart(
        run_comparison.cost_comparison_chart(runs),
        config=style.CONFIG,
        key="compared_cost",
        alt="Cost of the compared runs",
    )


def _differences(runs: list[Run]) -> dict[str, list[str]]:
    """Return the settings that differ between runs, and their results: a column each."""
    names = run_comparison.distinct_names(runs)
    table: dict[str, list[str]] = {"Run": [escape_markdown(name) for name in names]}
    for field, spec in SETTINGS.items():
        values = [
            spec.value_label(getattr(run.info.config, field))
            if spec.applies(vars(run.info.config))
            else "–"
            for run in runs
        ]
        if any(value != values[0] for value in values):
            table[spec.name] = values
    if any(run.events for run in runs):
        table["Learning rate changed"] = [
            ", ".join(f"to {e.learning_rate:g} at batch {e.step:,}" for e in run.events) or "no"
            for run in runs
        ]
    if any(run.info.status != "done" for run in runs):
        table["Stopped after"] = [f"{run.info.epochs:.3g} epochs" for run in runs]
    table["Validation accuracy"] = [_percent(run.info.validation_accuracy) for run in runs]
    table["Test accuracy"] = [_percent(run.info.test_accuracy) for run in runs]
    table["Seconds"] = [f"{run.info.seconds:.1f}" for run in runs]
    return table


def _percent(share: float | None) -> str:
    """Return a share in percent, a dash for None."""
    return "–" if share is None else f"{share:.2%}"


def _show_upload() -> None:
    """Draw the upload of a run's file; save the run, or draw why it is rejected."""
    with st.expander("Load a run from a file"):
        file = st.file_uploader(
            "A run downloaded from Inkling",
            type="safetensors",
            max_upload_size=MAX_BYTES // 2**20,
            key=f"run_file_{st.session_state.get(session_keys.UPLOADED_RUNS, 0)}",
        )
        if file is None:
            return
        try:
            services.limits().check_upload(file.size)
            services.visible_runs().upload(file.getvalue())
        except (RunError, LimitError) as error:
            st.error(escape_markdown(str(error)))
        except OSError as error:
            st.error(f"The run could not be saved: {error.strerror}.")
        else:
            # A new key replaces the uploader, which would otherwise upload the file again.
            st.session_state[session_keys.UPLOADED_RUNS] = (
                st.session_state.get(session_keys.UPLOADED_RUNS, 0) + 1
            )
            st.rerun()
