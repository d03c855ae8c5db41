export default function ({ data, parentElement, setTriggerValue }) {
  const table = parentElement.querySelector("table");
  table.setAttribute("aria-label", data.label);
  const [head, body] = [table.tHead.rows[0], table.tBodies[0]];
  const [chosenLabel, chosenAnswer] = data.chosen ?? [null, null];
  const isChosen = (label, answer) =>
    (chosenLabel ?? chosenAnswer) !== null &&
    (chosenLabel ?? label) === label &&
    (chosenAnswer ?? answer) === answer;
  data.counts.forEach((row, label) => {
    if (!body.rows[label]) {
      const name = document.createElement("th");
      name.scope = "col";
      name.textContent = label;
      head.append(name);
      const side = name.cloneNode(true);
      side.scope = "row";
      const cells = row.map(() => {
        const cell = document.createElement("td");
        if (data.chosen) cell.append(document.createElement("button"));
        return cell;
      });
      body.insertRow().append(side, ...cells);
    }
    row.forEach((count, answer) => {
      const cell = body.rows[label].cells[answer + 1];
      const face = cell.firstElementChild ?? cell;
      face.textContent = count || "";
      face.title = `Label ${label}, answer ${answer}: ${count.toLocaleString("en")}`;
      cell.style.backgroundColor = data.colours[label][answer];
      if (!data.chosen) return;
      face.classList.toggle("right", label === answer);
      face.setAttribute("aria-label", face.title);
      face.setAttribute("aria-pressed", String(isChosen(label, answer)));
      face.tabIndex = -1;
    });
  });
  if (!data.chosen) return;
  const buttons = [...body.querySelectorAll("button")];
  (body.querySelector("[aria-pressed=true]") ?? buttons[0]).tabIndex = 0;
  table.onclick = (event) => {
    const place = buttons.indexOf(event.target);
    if (place >= 0) setTriggerValue("picked", place);
  };
  table.onkeydown = (event) => {
    const place = buttons.indexOf(event.target);
    const columns = data.counts.length;
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const sameRow = Math.floor(place / columns) === Math.floor((place + step) / columns);
    if (Math.abs(step) > 1 || sameRow) buttons[place + step]?.focus();
  };
}
