export default function ({ data }) {
  const group = document.querySelector(`.st-key-${CSS.escape(data.container)}`);
  if (!group) return;
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", data.name);
  group.observer?.disconnect();
  if (!data.current) return;
  const mark = () => {
    for (const button of group.querySelectorAll("button")) {
      if (button.closest(`.st-key-${CSS.escape(data.current)}`)) {
        button.setAttribute("aria-current", "true");
      } else {
        button.removeAttribute("aria-current");
      }
    }
  };
  mark();
  // Streamlit may draw the buttons later.
  group.observer = new MutationObserver(mark);
  group.observer.observe(group, { childList: true, subtree: true });
}
