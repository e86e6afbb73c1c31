// The label matchers that tie a query to the dashboard's variables.

export const one = 'job=~"$job", instance=~"$instance"';
export const site = `${one}, server=~"$server"`;
export const routed = `${site}, route=~"$route"`;
export const tried = `${one}, upstream=~"$upstream"`;

/** Per second, over what Grafana finds right for the scrape interval and the zoom. */
export const rate = (metric: string, matchers: string): string => `rate(${metric}{${matchers}}[$__rate_interval])`;
/** `rate`, summed by labels. */
export const rates = (by: string, metric: string, matchers: string): string => `sum by (${by}) (${rate(metric, matchers)})`;
/** A quantile of a histogram's classic buckets. */
export const quantile = (q: number, by: string, metric: string, matchers: string): string =>
  `histogram_quantile(${q}, ${rates(by ? `le, ${by}` : 'le', `${metric}_bucket`, matchers)})`;
