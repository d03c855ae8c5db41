export default function ({ data }) {
  const group = document.querySelector(`.st-key-${CSS.escape(data.container)}`);
  group?.setAttribute("role", "group");
  group?.setAttribute("aria-label", data.name);
}
