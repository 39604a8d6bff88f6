// The official Node SDK: evaluates an AI Config, tracks its cost with one attribute more, and flushes. node_client.cjs URL FLAGS gzip|plain
const ld = require('@launchdarkly/node-server-sdk');
const { FileDataSourceFactory } = require('@launchdarkly/node-server-sdk/integrations');
const { initAi } = require('@launchdarkly/server-sdk-ai');
const [, , url, flags, encoding] = process.argv;
(async () => {
  const client = ld.init('sdk-local', {
    eventsUri: url, diagnosticOptOut: true, flushInterval: 600, enableEventCompression: encoding === 'gzip',
    logger: ld.basicLogger({ level: 'none' }), updateProcessor: new FileDataSourceFactory({ paths: [flags] }).getFactory(),
  });
  await client.waitForInitialization({ timeout: 5 });
  const user = { kind: 'user', key: 'u1', country: 'US', plan: 'pro' };
  await initAi(client).completionConfig('support-bot', user, { enabled: false });
  const data = { configKey: 'support-bot', variationKey: 'control' };
  client.track('ai_cost_per_request', { ...user, user: 'u1' }, data, 0.0123);
  await client.flush().catch(() => undefined);
  client.close();
})();
