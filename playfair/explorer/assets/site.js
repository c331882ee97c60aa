/* In the site of a selection the list is searched here: no server is there to ask. */
(() => {
  const find = document.querySelector("input.find");
  find?.addEventListener("input", () => {
    const letters = find.value.trim().toLowerCase();
    for (const item of document.querySelectorAll(".listed li")) {
      item.hidden = !item.textContent.toLowerCase().includes(letters);
    }
  });
})();
