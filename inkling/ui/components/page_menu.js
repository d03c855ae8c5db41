const NARROW = matchMedia("(width < 768px)"); // there the menu lies over the page
const MENU = ".stSidebar[data-collapsed=false]";

const close = () =>
  document.querySelector(`${MENU} [data-testid=stSidebarCollapseButton] button`)?.click();

// Streamlit opens the page in the same tab; this leaves the click to the browser.
const leaveToBrowser = (event) => {
  const isSpecial = event.ctrlKey || event.metaKey || event.shiftKey;
  if (isSpecial && event.target.closest("a[href]")) event.stopPropagation();
};

function watchClicks() {
  document.addEventListener("click", leaveToBrowser, { capture: true });
  document.addEventListener("click", ({ target }) => {
    if (!NARROW.matches) return;
    if (target.matches(MENU)) close(); // beside the menu, where its style covers the page
    // On some devices Streamlit closes it by itself.
    if (target.closest(`${MENU} a`)) setTimeout(close);
  });
  return true;
}

export default function () {
  window.inklingWatchesMenu ??= watchClicks();
}
