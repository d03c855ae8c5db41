// Elements that use the arrow keys themselves
const USES_ARROWS =
  "input, textarea, select, [contenteditable=true], [role=radio], [role=slider], [role=combobox], " +
  "[role=listbox], [role=option], [role=tab], [role=dialog]";
const MAX_WAIT = 4000; // ms, after which the step of the last run is shown

export default function ({ data, parentElement, setTriggerValue }) {
  const rail = parentElement.querySelector(".rail");
  rail.setAttribute("aria-label", data.label);
  const shape = JSON.stringify(data.groups);
  if (rail.shape !== shape) {
    rail.shape = shape;
    rail.replaceChildren(...data.groups.map(createGroup));
  }
  const marks = [...rail.querySelectorAll(".mark")];
  const show = (place) => {
    rail.place = place;
    marks.forEach((mark, k) => {
      mark.classList.toggle("done", k < place);
      mark.tabIndex = k === place ? 0 : -1;
      if (k === place) mark.setAttribute("aria-current", "step");
      else mark.removeAttribute("aria-current");
    });
  };
  const pick = (place) => {
    if (place < 0 || place >= marks.length || place === rail.place) return;
    rail.asked = [...(rail.asked ?? [data.place]), place];
    show(place);
    setTriggerValue("picked", place);
    clearTimeout(rail.timeout);
    rail.timeout = setTimeout(() => {
      rail.asked = null;
      show(rail.answer);
    }, MAX_WAIT);
  };
  // A run of the script may still be about a step that was left since: the last one picked stays.
  rail.answer = data.place;
  const answered = rail.asked?.lastIndexOf(data.place) ?? -1;
  if (answered >= 0 && answered < rail.asked.length - 1) rail.asked = rail.asked.slice(answered);
  else {
    rail.asked = null;
    clearTimeout(rail.timeout);
  }
  show(rail.asked?.at(-1) ?? data.place);
  if (rail.contains(rail.getRootNode().activeElement)) marks[rail.place].focus();
  rail.onclick = (event) => pick(marks.indexOf(event.target.closest(".mark")));

  document.removeEventListener("keydown", rail.onArrow);
  rail.onArrow = (event) => {
    if (!rail.isConnected) document.removeEventListener("keydown", rail.onArrow);
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const isForOthers =
      event.defaultPrevented ||
      event.altKey ||
      event.ctrlKey ||
      event.metaKey ||
      event.shiftKey ||
      event.composedPath().some((node) => node.matches?.(USES_ARROWS));
    if (step === undefined || isForOthers || !rail.isConnected) return;
    event.preventDefault();
    pick(rail.place + step);
  };
  document.addEventListener("keydown", rail.onArrow);
}

function createGroup([name, colour, titles]) {
  const append = (parent, tag, className, text = "") => {
    const element = document.createElement(tag);
    element.className = className;
    element.textContent = text;
    parent.append(element);
    return element;
  };
  const group = document.createElement("div");
  group.className = "group";
  group.style.setProperty("--colour", colour);
  group.style.flexGrow = titles.length;
  append(group, "span", "name", name);
  const row = append(group, "div", "row");
  for (const title of titles) {
    const mark = append(row, "button", "mark");
    mark.title = title;
    mark.setAttribute("aria-label", title);
  }
  return group;
}
