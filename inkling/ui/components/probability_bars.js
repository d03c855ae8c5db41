export default function ({ data, parentElement }) {
  const bars = parentElement.querySelector(".bars");
  data.rows.forEach((row, digit) => {
    let line = bars.children[digit];
    if (!line) {
      line = document.createElement("div");
      line.className = "row";
      line.setAttribute("role", "listitem");
      line.innerHTML = `<span></span>
                <div class="track"><div class="bar"></div></div><span></span>`;
      line.firstChild.textContent = digit;
      bars.append(line);
    }
    const bar = line.querySelector(".bar");
    bar.style.width = `${100 * row.share}%`;
    bar.style.background = row.colour;
    line.lastChild.textContent = row.text;
    line.firstChild.className = line.lastChild.className = row.chosen ? "chosen" : "";
  });
}
