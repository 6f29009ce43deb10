// Renews the part of a page that shows work under way, until it has ended. Without scripts the page loads itself anew.
(() => {
  "use strict";
  const EVERY = 2000;

  async function renew() {
    const shown = document.getElementById("getresponse-live");
    if (!shown || shown.dataset.running !== "true") return;
    if (!document.hidden) {
      try {
        const answer = await fetch(location.href, {credentials: "same-origin"});
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const fresh = page.getElementById("getresponse-live");
        const ended = answer.ok && fresh && fresh.dataset.running !== "true";
        // Where the page is a form that somebody may be filling in, only this part is renewed.
        if (ended && fresh.dataset.ends !== "here") return location.reload();
        if (answer.ok && fresh) shown.replaceWith(fresh);
      } catch {
        // The site is away for a moment: asked again.
      }
    }
    setTimeout(renew, EVERY);
  }

  setTimeout(renew, EVERY);
})();
