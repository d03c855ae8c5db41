const NAME = "inkling_scrolled_for";

export default function ({ data, parentElement }) {
  if (!data || sessionStorage.getItem(NAME) === data) return;
  sessionStorage.setItem(NAME, data);
  // What follows this place is drawn in the next moments.
  setTimeout(() => {
    const target = parentElement.querySelector(".target") ?? parentElement;
    const { top } = target.getBoundingClientRect();
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (top < 0 || top > innerHeight / 4) {
      target.scrollIntoView({ block: "start", behavior: calm ? "auto" : "smooth" });
    }
  }, 300);
}
