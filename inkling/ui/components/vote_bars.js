const create = (name, className, text = "") => {
  const element = document.createElement(name);
  element.className = className;
  element.textContent = text;
  return element;
};

export default function ({ data, parentElement }) {
  const list = parentElement.querySelector(".votes");
  const { options, rounds } = data;
  const most = Math.max(1, ...rounds.flat());
  list.replaceChildren();
  options.forEach((option, place) => {
    list.append(create("dt", "option", option));
    rounds.forEach((votes, round) => {
      const count = votes[place];
      const total = votes.reduce((sum, n) => sum + n, 0);
      const share = total ? Math.round((100 * count) / total) : 0;
      const row = create("dd", `round round-${round + 1}`);
      const track = create("div", "track");
      const bar = create("div", "bar");
      bar.style.inlineSize = `${(100 * count) / most}%`;
      track.append(bar);
      const name = rounds.length > 1 ? `${round ? "Then" : "First"}: ` : "";
      row.append(track, create("span", "count", `${name}${count} (${share}%)`));
      list.append(row);
    });
  });
}
