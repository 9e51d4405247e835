// Draws the pictures of the pages with the Mermaid that comes with the console, as the theme is.
import { mermaid } from "./mermaid/dist/index.js";

const dark = document.body.dataset.mdColorScheme === "slate";
mermaid.initialize({ startOnLoad: false, theme: dark ? "dark" : "neutral" });
await mermaid.run({ querySelector: ".diagram" });
