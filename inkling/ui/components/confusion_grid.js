export default function ({ data, parentElement }) {
  const table = parentElement.querySelector("table");
  table.setAttribute("aria-label", data.label);
  const [head, body] = [table.tHead.rows[0], table.tBodies[0]];
  data.counts.forEach((row, label) => {
    if (!body.rows[label]) {
      const name = document.createElement("th");
      name.scope = "col";
      name.textContent = label;
      head.append(name);
      const side = name.cloneNode(true);
      side.scope = "row";
      body.insertRow().append(side, ...row.map(() => document.createElement("td")));
    }
    row.forEach((count, answer) => {
      const cell = body.rows[label].cells[answer + 1];
      cell.textContent = count || "";
      cell.title = `True digit ${label}, network says ${answer}: ${count}`;
      cell.style.backgroundColor = data.colours[label][answer];
    });
  });
}
