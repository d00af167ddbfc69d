// At the desk: what somebody has typed and not sent stays as it is, whatever else happens to the ticket meanwhile.

const region = (field) => field.closest("[data-swap], [data-unsent]");

function keep(part) {
  const unsent = [...part.querySelectorAll("textarea, input:not([type=hidden])")].some((field) => field.value !== field.defaultValue);
  part.toggleAttribute("data-unsent", unsent);
  part.toggleAttribute("data-swap", !unsent);
}

document.addEventListener("input", (event) => {
  const part = region(event.target);
  if (part) keep(part);
});
document.addEventListener("reset", (event) => {
  const part = region(event.target);
  if (!part) return;
  event.target.closest("details")?.removeAttribute("open");
  part.removeAttribute("data-unsent");
  part.setAttribute("data-swap", "");
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches("textarea[data-sends]")) {
    event.preventDefault();
    event.target.form.requestSubmit();
  }
});
window.addEventListener("beforeunload", (event) => {
  if (document.querySelector("#reply-box[data-unsent]")) event.preventDefault();
});
