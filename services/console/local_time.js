// A moment in UTC, and beside it what the clock of the one who looks shows then.
const CLOCK = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" };

export default {
  template: `
    <span>{{ before }}<time :datetime="at">{{ utc }}<span v-if="here" class="quiet"> ({{ here }})</span></time>{{ after }}</span>`,
  props: { at: String, utc: String, local: String, before: String, after: String },
  computed: {
    here() {
      const moment = new Date(this.at);
      if (moment.getTimezoneOffset() === 0) return "";
      // Swedish writes year, month, day, as the moment in UTC is written.
      const [day, time] = new Intl.DateTimeFormat("sv-SE", CLOCK).format(moment).split(" ");
      return this.local.replace("{at}", this.utc.startsWith(day) ? time : `${day} ${time}`);
    },
  },
};
