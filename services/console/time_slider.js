// Says at once where it stands, before the rest of the page shows it.
const HEIGHTS = { normal: 4, watch: 12, warning: 20, critical: 28 };
const ADDRESS_AFTER_MS = 300;

export default {
  template: `
    <div class="time-slider">
      <output class="moment" aria-hidden="true">{{ text }}</output>
      <svg :viewBox="'0 0 ' + columns.length + ' 100'" preserveAspectRatio="none" aria-hidden="true" @pointerdown="point" @pointermove="drag">
        <path class="standing" :d="counts" />
        <path v-for="(d, level) in levels" :class="'level-' + level" :d="d" fill="currentColor" />
        <rect class="cursor" :x="place * columns.length - columns.length / 1000" y="0" :width="columns.length / 500" height="100" />
      </svg>
      <input type="range" :min="first" :max="last" :step="step" :value="value" :aria-label="label" :aria-valuetext="text"
        aria-keyshortcuts="Space" @input="want(+$event.target.value)" @keydown.space.prevent="$emit('play')" />
      <div class="ends quiet"><span>{{ said(first) }}</span><span>{{ most }}</span><span>{{ said(last) }}</span></div>
    </div>`,
  props: { first: Number, last: Number, step: Number, columns: Array, label: String, most: String },
  data() {
    return { value: this.last };
  },
  computed: {
    text() {
      return this.said(this.value);
    },
    place() {
      return Math.min(1, Math.max(0, (this.value - this.first) / (this.last - this.first)));
    },
    counts() {
      const most = Math.max(1, ...this.columns.map(([count]) => count));
      return this.bars(([count]) => count, ([count]) => (60 * count) / most, 66);
    },
    levels() {
      const names = Object.keys(HEIGHTS);
      return Object.fromEntries(names.map((name) => [name, this.bars(([, level]) => level === name, () => HEIGHTS[name], 100)]));
    },
  },
  methods: {
    bars(wanted, height, foot) {
      return this.columns
        .map((column, x) => (wanted(column) ? `M${x} ${foot}v-${height(column)}h1v${height(column)}z` : ""))
        .join("");
    },
    said(seconds) {
      return new Date(seconds * 1000).toISOString().slice(0, 16).replace("T", " ") + "Z";
    },
    want(seconds) {
      this.value = seconds;
      this.wanted = performance.now();
      this.$emit("want", seconds);
    },
    point(event) {
      const { left, width } = event.currentTarget.getBoundingClientRect();
      const place = Math.min(1, Math.max(0, (event.clientX - left) / width));
      const steps = Math.round((place * (this.last - this.first)) / this.step);
      this.want(this.first + steps * this.step);
    },
    drag(event) {
      if (event.buttons & 1) this.point(event);
    },
    async shown(seconds, address) {
      // One who drags it is ahead of what is shown.
      if (!this.wanted || performance.now() - this.wanted > 500) this.value = seconds;
      clearTimeout(this.told);
      // A browser lets an address be changed only so often.
      this.told = setTimeout(() => history.replaceState(history.state, "", window.path_prefix + address), ADDRESS_AFTER_MS);
      await this.$nextTick();
      return seconds;
    },
  },
};
