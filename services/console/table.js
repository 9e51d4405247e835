// Thousands of rows are one property: an element for each would be sent and kept one by one.
export default {
  template: `
    <table v-if="rows.length" class="rows">
      <caption>{{ caption }}</caption>
      <thead>
        <tr><th v-for="name in head" scope="col">{{ name }}</th></tr>
      </thead>
      <tbody>
        <tr v-for="row in rows" :key="row[0].text">
          <component v-for="(cell, n) in row" :is="n ? 'td' : 'th'" :scope="n ? null : 'row'" :class="cell.look">
            <a v-if="cell.link" :href="prefix + cell.link" class="nicegui-link">{{ cell.text }}</a>
            <button v-else-if="cell.choice" type="button" @click="$emit('choose', cell.choice)">{{ cell.text }}</button>
            <time v-else-if="cell.at" :datetime="cell.at" :title="here(cell.at)">{{ cell.text }}</time>
            <template v-else>{{ cell.text }}</template>
          </component>
        </tr>
      </tbody>
    </table>
    <p v-else class="quiet">{{ empty }}</p>`,
  props: { caption: String, head: Array, empty: String, rows: Array },
  data: () => ({ prefix: "" }),
  mounted() {
    // It is known only once the whole page is there.
    setTimeout(() => (this.prefix = window.path_prefix));
  },
  methods: {
    here(at) {
      const how = { dateStyle: "medium", timeStyle: "long" };
      return new Date(at).toLocaleString(undefined, how);
    },
  },
};
