-- Made by: python -m costtui.store.schema
CREATE TABLE agent_execution (
  id INTEGER NOT NULL,
  "key" VARCHAR NOT NULL,
  run_ref BIGINT NOT NULL,
  issue_id VARCHAR DEFAULT '' NOT NULL,
  agent VARCHAR DEFAULT '' NOT NULL,
  attempt_number BIGINT DEFAULT '0' NOT NULL,
  started_us BIGINT NOT NULL,
  ended_us BIGINT,
  success SMALLINT,
  error VARCHAR,
  input_tokens BIGINT DEFAULT '0' NOT NULL,
  output_tokens BIGINT DEFAULT '0' NOT NULL,
  PRIMARY KEY (id),
  UNIQUE ("key")
);
CREATE INDEX agent_execution_run ON agent_execution (run_ref, issue_id);
CREATE TABLE alert (
  id INTEGER NOT NULL,
  rule VARCHAR NOT NULL,
  subject VARCHAR NOT NULL,
  severity VARCHAR NOT NULL,
  message VARCHAR NOT NULL,
  since_us BIGINT NOT NULL,
  place VARCHAR NOT NULL,
  "key" VARCHAR NOT NULL,
  filter VARCHAR NOT NULL,
  PRIMARY KEY (id),
  UNIQUE (rule, subject, since_us)
);
CREATE TABLE budget (
  name VARCHAR NOT NULL,
  max_nano BIGINT NOT NULL,
  warning_nano BIGINT NOT NULL,
  scope VARCHAR NOT NULL,
  scope_value VARCHAR NOT NULL,
  period VARCHAR NOT NULL,
  time_zone VARCHAR NOT NULL,
  unknown_price VARCHAR NOT NULL,
  source VARCHAR NOT NULL,
  PRIMARY KEY (name)
);
CREATE TABLE budget_reset (
  budget VARCHAR NOT NULL,
  value VARCHAR NOT NULL,
  start_us BIGINT NOT NULL,
  forgiven_nano BIGINT DEFAULT '0' NOT NULL,
  at_us BIGINT NOT NULL,
  PRIMARY KEY (budget, value, start_us)
);
CREATE TABLE call (
  id INTEGER NOT NULL,
  key_hash BIGINT NOT NULL,
  "key" VARCHAR NOT NULL,
  started_us BIGINT NOT NULL,
  series_id BIGINT NOT NULL,
  run_ref BIGINT,
  step_ref BIGINT,
  mode SMALLINT,
  cost_nano BIGINT,
  cost_source SMALLINT,
  price_id BIGINT,
  line_counts VARCHAR,
  priced_nano BIGINT,
  saved_nano BIGINT,
  cache_hit SMALLINT,
  usage_state SMALLINT,
  input_tokens BIGINT,
  output_tokens BIGINT,
  cache_read_tokens BIGINT,
  cache_write_tokens BIGINT,
  cache_write_1h_tokens BIGINT,
  reasoning_tokens BIGINT,
  latency_ms BIGINT,
  ttft_ms BIGINT,
  attempt BIGINT,
  complexity FLOAT,
  quality FLOAT,
  feedback_count BIGINT,
  model_asked VARCHAR,
  operation VARCHAR,
  service_tier VARCHAR,
  error VARCHAR,
  decision VARCHAR,
  lead_id VARCHAR,
  session_id VARCHAR,
  user_id VARCHAR,
  tags VARCHAR,
  usage_more VARCHAR,
  context_ref BIGINT,
  variation_id BIGINT,
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX call_key ON call (key_hash);
CREATE INDEX call_run ON call (run_ref) WHERE run_ref IS NOT NULL;
CREATE INDEX call_series ON call (series_id, started_us);
CREATE INDEX call_started ON call (started_us);
CREATE TABLE call_text (
  call_id INTEGER NOT NULL,
  prompt VARCHAR,
  completion VARCHAR,
  PRIMARY KEY (call_id)
);
CREATE TABLE context (
  id INTEGER NOT NULL,
  fingerprint VARCHAR NOT NULL,
  canonical VARCHAR,
  PRIMARY KEY (id),
  UNIQUE (fingerprint)
);
CREATE TABLE debugging_cycle (
  id INTEGER NOT NULL,
  "key" VARCHAR NOT NULL,
  run_ref BIGINT NOT NULL,
  issue_id VARCHAR DEFAULT '' NOT NULL,
  agent VARCHAR DEFAULT '' NOT NULL,
  error_type VARCHAR DEFAULT '' NOT NULL,
  error VARCHAR,
  started_us BIGINT NOT NULL,
  ended_us BIGINT,
  attempts BIGINT DEFAULT '0' NOT NULL,
  resolved SMALLINT,
  resolution_method VARCHAR DEFAULT '' NOT NULL,
  PRIMARY KEY (id),
  UNIQUE ("key")
);
CREATE INDEX debugging_cycle_run ON debugging_cycle (run_ref, issue_id);
CREATE TABLE exposure (
  id INTEGER NOT NULL,
  environment VARCHAR NOT NULL,
  flag VARCHAR NOT NULL,
  at_us BIGINT NOT NULL,
  place BIGINT NOT NULL,
  witness VARCHAR NOT NULL,
  context_ref BIGINT,
  units VARCHAR NOT NULL,
  in_experiment SMALLINT,
  variation VARCHAR DEFAULT '' NOT NULL,
  version BIGINT,
  reason VARCHAR DEFAULT '' NOT NULL,
  ai_run_id VARCHAR DEFAULT '' NOT NULL,
  redacted VARCHAR,
  call_site VARCHAR DEFAULT '' NOT NULL,
  count BIGINT,
  sender VARCHAR DEFAULT '' NOT NULL,
  PRIMARY KEY (id),
  UNIQUE (environment, at_us, place, witness, flag)
);
CREATE INDEX exposure_at ON exposure (at_us);
CREATE TABLE issue (
  id INTEGER NOT NULL,
  run_ref BIGINT NOT NULL,
  issue_id VARCHAR NOT NULL,
  started_us BIGINT NOT NULL,
  ended_us BIGINT,
  status SMALLINT NOT NULL,
  expected_agents BIGINT DEFAULT '0' NOT NULL,
  files_created BIGINT DEFAULT '0' NOT NULL,
  files_modified BIGINT DEFAULT '0' NOT NULL,
  lines_added BIGINT DEFAULT '0' NOT NULL,
  lines_deleted BIGINT DEFAULT '0' NOT NULL,
  coverage_percent FLOAT,
  PRIMARY KEY (id),
  UNIQUE (run_ref, issue_id)
);
CREATE TABLE lead_rollup (
  hour BIGINT NOT NULL,
  lead_id VARCHAR NOT NULL,
  calls BIGINT DEFAULT '0' NOT NULL,
  cost_nano BIGINT DEFAULT '0' NOT NULL,
  unpriced BIGINT DEFAULT '0' NOT NULL,
  PRIMARY KEY (hour, lead_id)
)
 WITHOUT ROWID;
CREATE TABLE meta (
  id INTEGER NOT NULL,
  created_us BIGINT,
  epoch BIGINT DEFAULT '0' NOT NULL,
  revision BIGINT DEFAULT '0' NOT NULL,
  folded_id BIGINT DEFAULT '0' NOT NULL,
  minutes_us BIGINT DEFAULT '0' NOT NULL,
  dropped BIGINT DEFAULT '0' NOT NULL,
  PRIMARY KEY (id)
);
CREATE TABLE metric_event (
  id INTEGER NOT NULL,
  environment VARCHAR NOT NULL,
  "key" VARCHAR NOT NULL,
  at_us BIGINT NOT NULL,
  place BIGINT NOT NULL,
  witness VARCHAR NOT NULL,
  context_ref BIGINT,
  units VARCHAR NOT NULL,
  value VARCHAR,
  data VARCHAR,
  ai_run_id VARCHAR DEFAULT '' NOT NULL,
  config_key VARCHAR DEFAULT '' NOT NULL,
  variation_key VARCHAR DEFAULT '' NOT NULL,
  redacted VARCHAR,
  call_site VARCHAR DEFAULT '' NOT NULL,
  delivered SMALLINT,
  sender VARCHAR DEFAULT '' NOT NULL,
  PRIMARY KEY (id),
  UNIQUE (environment, at_us, place, witness, "key")
);
CREATE INDEX metric_event_at ON metric_event (at_us);
CREATE TABLE pipeline (
  id INTEGER NOT NULL,
  run_ref BIGINT NOT NULL,
  issue_id VARCHAR DEFAULT '' NOT NULL,
  pipeline_id VARCHAR NOT NULL,
  retry_attempt BIGINT DEFAULT '0' NOT NULL,
  commit_sha VARCHAR DEFAULT '' NOT NULL,
  status VARCHAR DEFAULT '' NOT NULL,
  triggered_by VARCHAR DEFAULT '' NOT NULL,
  started_us BIGINT,
  ended_us BIGINT,
  queue_seconds FLOAT,
  execution_seconds FLOAT,
  failed_jobs VARCHAR,
  error_type VARCHAR,
  error VARCHAR,
  PRIMARY KEY (id),
  UNIQUE (run_ref, issue_id, pipeline_id, retry_attempt)
);
CREATE TABLE price (
  id INTEGER NOT NULL,
  ref VARCHAR NOT NULL,
  rates VARCHAR NOT NULL,
  PRIMARY KEY (id),
  UNIQUE (ref, rates)
);
CREATE TABLE quality (
  id INTEGER NOT NULL,
  run_id VARCHAR NOT NULL,
  recorded_us BIGINT NOT NULL,
  subsystem VARCHAR NOT NULL,
  overall_score FLOAT,
  completeness FLOAT,
  clarity FLOAT,
  testability FLOAT,
  traceability FLOAT,
  validation_passed SMALLINT,
  iteration_count BIGINT,
  requirements_count BIGINT,
  PRIMARY KEY (id),
  UNIQUE (run_id, recorded_us)
);
CREATE INDEX quality_recorded ON quality (recorded_us);
CREATE TABLE reservation (
  id VARCHAR NOT NULL,
  budget VARCHAR NOT NULL,
  value VARCHAR NOT NULL,
  nano BIGINT NOT NULL,
  taken_us BIGINT NOT NULL,
  expires_us BIGINT NOT NULL,
  kept_us BIGINT DEFAULT '0' NOT NULL,
  holder VARCHAR NOT NULL,
  PRIMARY KEY (id, budget)
);
CREATE INDEX reservation_budget ON reservation (budget, value, nano);
CREATE TABLE rollup (
  level SMALLINT NOT NULL,
  bucket BIGINT NOT NULL,
  series_id BIGINT NOT NULL,
  calls BIGINT NOT NULL,
  errors BIGINT NOT NULL,
  cost_nano BIGINT NOT NULL,
  saved_nano BIGINT NOT NULL,
  unpriced BIGINT NOT NULL,
  estimated BIGINT NOT NULL,
  missing_usage BIGINT NOT NULL,
  cache_hits BIGINT NOT NULL,
  retries BIGINT NOT NULL,
  input_tokens BIGINT NOT NULL,
  output_tokens BIGINT NOT NULL,
  cache_read_tokens BIGINT NOT NULL,
  cache_write_tokens BIGINT NOT NULL,
  reasoning_tokens BIGINT NOT NULL,
  latency_sum_ms BIGINT NOT NULL,
  latency_count BIGINT NOT NULL,
  ttft_sum_ms BIGINT NOT NULL,
  ttft_count BIGINT NOT NULL,
  latency BLOB,
  PRIMARY KEY (level, bucket, series_id)
)
 WITHOUT ROWID;
CREATE TABLE run (
  id INTEGER NOT NULL,
  run_id VARCHAR NOT NULL,
  started_us BIGINT NOT NULL,
  subsystem VARCHAR DEFAULT '' NOT NULL,
  status SMALLINT NOT NULL,
  ended_us BIGINT,
  source_method VARCHAR DEFAULT '' NOT NULL,
  error VARCHAR,
  config VARCHAR,
  budget_nano BIGINT,
  host VARCHAR DEFAULT '' NOT NULL,
  pid BIGINT DEFAULT '0' NOT NULL,
  process_started BIGINT DEFAULT '0' NOT NULL,
  calls BIGINT DEFAULT '0' NOT NULL,
  errors BIGINT DEFAULT '0' NOT NULL,
  unpriced BIGINT DEFAULT '0' NOT NULL,
  estimated BIGINT DEFAULT '0' NOT NULL,
  cost_nano BIGINT DEFAULT '0' NOT NULL,
  input_tokens BIGINT DEFAULT '0' NOT NULL,
  output_tokens BIGINT DEFAULT '0' NOT NULL,
  last_us BIGINT DEFAULT '0' NOT NULL,
  quality FLOAT,
  quality_passed SMALLINT,
  revision BIGINT DEFAULT '0' NOT NULL,
  issues BIGINT DEFAULT '0' NOT NULL,
  issues_completed BIGINT DEFAULT '0' NOT NULL,
  PRIMARY KEY (id),
  UNIQUE (run_id)
);
CREATE INDEX run_revision ON run (revision);
CREATE INDEX run_started ON run (started_us);
CREATE TABLE run_error (
  id INTEGER NOT NULL,
  "key" VARCHAR NOT NULL,
  run_ref BIGINT NOT NULL,
  issue_id VARCHAR DEFAULT '' NOT NULL,
  at_us BIGINT NOT NULL,
  type VARCHAR DEFAULT '' NOT NULL,
  message VARCHAR,
  agent VARCHAR DEFAULT '' NOT NULL,
  severity VARCHAR DEFAULT '' NOT NULL,
  PRIMARY KEY (id),
  UNIQUE ("key")
);
CREATE INDEX run_error_run ON run_error (run_ref, issue_id);
CREATE TABLE series (
  id INTEGER NOT NULL,
  node VARCHAR NOT NULL,
  provider VARCHAR NOT NULL,
  model VARCHAR NOT NULL,
  subsystem VARCHAR NOT NULL,
  status SMALLINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE (node, provider, model, subsystem, status)
);
CREATE TABLE step (
  id INTEGER NOT NULL,
  "key" VARCHAR NOT NULL,
  run_ref BIGINT,
  node VARCHAR DEFAULT '' NOT NULL,
  started_us BIGINT NOT NULL,
  ended_us BIGINT,
  status SMALLINT NOT NULL,
  error VARCHAR,
  detail VARCHAR,
  calls BIGINT DEFAULT '0' NOT NULL,
  cost_nano BIGINT DEFAULT '0' NOT NULL,
  unpriced BIGINT DEFAULT '0' NOT NULL,
  PRIMARY KEY (id),
  UNIQUE ("key")
);
CREATE INDEX step_run ON step (run_ref, started_us);
CREATE TABLE tool_call (
  id INTEGER NOT NULL,
  "key" VARCHAR NOT NULL,
  run_ref BIGINT NOT NULL,
  issue_id VARCHAR DEFAULT '' NOT NULL,
  agent VARCHAR DEFAULT '' NOT NULL,
  name VARCHAR DEFAULT '' NOT NULL,
  started_us BIGINT NOT NULL,
  ended_us BIGINT,
  success SMALLINT,
  error VARCHAR,
  PRIMARY KEY (id),
  UNIQUE ("key")
);
CREATE INDEX tool_call_run ON tool_call (run_ref, issue_id);
CREATE TABLE variation (
  id INTEGER NOT NULL,
  config_key VARCHAR NOT NULL,
  variation_key VARCHAR NOT NULL,
  config_version BIGINT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE (config_key, variation_key, config_version)
);
CREATE VIEW call_readable AS
SELECT c.id, c.key, strftime('%Y-%m-%dT%H:%M:%S', c.started_us / 1000000, 'unixepoch') || printf('.%06dZ', c.started_us % 1000000) AS started, s.node, r.run_id, s.subsystem, s.provider, s.model,
  CASE s.status WHEN 0 THEN 'ok' WHEN 1 THEN 'error' WHEN 2 THEN 'cancelled' WHEN 3 THEN 'partial' WHEN 4 THEN 'running' WHEN 5 THEN 'interrupted' END AS status, c.cost_nano / 1e9 AS cost_usd,
  CASE c.cost_source WHEN 0 THEN 'provider' WHEN 1 THEN 'langsmith' WHEN 2 THEN 'priced' WHEN 3 THEN 'heuristic' WHEN 4 THEN 'unknown' END AS cost_source, p.ref AS price, p.rates, c.line_counts,
  CASE c.mode WHEN 0 THEN 'passthrough' WHEN 1 THEN 'smart_router' END AS mode, coalesce(c.model_asked, s.model) AS model_asked,
  CASE c.usage_state WHEN 0 THEN 'reported' WHEN 1 THEN 'estimated' WHEN 2 THEN 'missing' END AS usage_state, c.input_tokens, c.output_tokens,
  c.cache_read_tokens, c.cache_write_tokens, c.reasoning_tokens, c.latency_ms, c.ttft_ms, c.attempt,
  c.cache_hit, c.saved_nano / 1e9 AS saved_usd, c.error, c.lead_id, c.session_id, c.user_id, c.tags,
  x.fingerprint AS context, v.config_key, v.variation_key, t.prompt, t.completion
FROM call c JOIN series s ON s.id = c.series_id LEFT JOIN run r ON r.id = c.run_ref
  LEFT JOIN price p ON p.id = c.price_id LEFT JOIN context x ON x.id = c.context_ref
  LEFT JOIN variation v ON v.id = c.variation_id LEFT JOIN call_text t ON t.call_id = c.id;
CREATE VIEW agent_cost_summary AS
SELECT s.node, s.provider, s.model, s.subsystem, count(*) AS calls, sum(c.cost_nano) / 1e9 AS cost_usd,
  sum(c.cost_nano IS NULL) AS unpriced, sum(c.input_tokens) AS input_tokens,
  sum(c.output_tokens) AS output_tokens, avg(c.latency_ms) AS mean_latency_ms
FROM call c JOIN series s ON s.id = c.series_id GROUP BY s.node, s.provider, s.model, s.subsystem;
CREATE VIEW lead_cost_summary AS
SELECT c.lead_id, count(*) AS calls, sum(c.cost_nano) / 1e9 AS cost_usd, sum(c.cost_nano IS NULL) AS unpriced
FROM call c WHERE c.lead_id IS NOT NULL GROUP BY c.lead_id;
