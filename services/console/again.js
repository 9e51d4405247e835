// Shows the page once it can be shown; until then the reason stays where it is.
const ASK_MS = 5000;

export default {
  template: "<span></span>",
  mounted() {
    this.timer = setInterval(this.ask, ASK_MS);
  },
  unmounted() {
    clearInterval(this.timer);
  },
  methods: {
    async ask() {
      const answer = await fetch(location.href, { cache: "no-store" }).catch(() => null);
      if (answer?.ok) location.reload();
    },
  },
};
