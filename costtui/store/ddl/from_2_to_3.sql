ALTER TABLE run ADD COLUMN issues BIGINT DEFAULT '0' NOT NULL;
ALTER TABLE run ADD COLUMN issues_completed BIGINT DEFAULT '0' NOT NULL;
DROP TABLE price_override;
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
