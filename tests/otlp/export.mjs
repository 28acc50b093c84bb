// Exports what Claude Code would, by the exporters that it uses: `node export.mjs logs|metrics http/json|http/protobuf SESSION`.
// Where to and with which token comes from the variables of OpenTelemetry.
import { SeverityNumber } from '@opentelemetry/api-logs';
import { OTLPLogExporter as JsonLogs } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtobufLogs } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPMetricExporter as JsonMetrics } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtobufMetrics } from '@opentelemetry/exporter-metrics-otlp-proto';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';

const [signal, protocol, session] = process.argv.slice(2);
const protobuf = protocol === 'http/protobuf';
const fail = (reason) => {
  console.error(`export: ${reason}`);
  process.exit(1);
};

// What an exporter is answered is told to nobody but itself.
const told = (exporter) => {
  const original = exporter.export.bind(exporter);
  exporter.export = (items, done) =>
    original(items, (result) => {
      if (result.code !== 0) fail(`${signal} by ${protocol}: ${result.error}`);
      done(result);
    });
  return exporter;
};

if (signal === 'logs') {
  const exporter = told(protobuf ? new ProtobufLogs() : new JsonLogs());
  const provider = new LoggerProvider({ processors: [new BatchLogRecordProcessor({ exporter })] });
  const logger = provider.getLogger('com.anthropic.claude_code.events', '2.1.212');
  const request = (id, source, more) =>
    logger.emit({
      severityNumber: SeverityNumber.INFO,
      body: 'claude_code.api_request',
      attributes: {
        'event.name': 'api_request',
        'event.timestamp': new Date().toISOString(),
        'session.id': session,
        'user.email': 'someone@example.org',
        model: 'claude-haiku-4-5',
        request_id: id,
        query_source: source,
        input_tokens: 1000,
        output_tokens: 100,
        cache_read_tokens: 0,
        cache_creation_tokens: 0,
        cost_usd: 0.0015,
        duration_ms: 700,
        ...more,
      },
    });
  logger.emit({ body: 'claude_code.user_prompt', attributes: { 'event.name': 'user_prompt', 'session.id': session, prompt: 'secret' } });
  request(`req_main_${session}`, 'repl_main_thread');
  request(`req_title_${session}`, 'generate_session_title', { input_tokens: '1000' });
  request(`req_compact_${session}`, 'compact');
  await provider.forceFlush();
  await provider.shutdown();
} else {
  const exporter = told(protobuf ? new ProtobufMetrics() : new JsonMetrics());
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 600_000 });
  const meter = new MeterProvider({ readers: [reader] }).getMeter('com.anthropic.claude_code', '2.1.212');
  const cost = meter.createCounter('claude_code.cost.usage', { unit: 'USD' });
  const tokens = meter.createCounter('claude_code.token.usage', { unit: 'tokens' });
  const active = meter.createCounter('claude_code.active_time.total', { unit: 's' });
  const commits = meter.createCounter('claude_code.commit.count');
  const of = (source) => ({ 'session.id': session, model: 'claude-haiku-4-5', query_source: source });
  // Twice, so that delta and cumulative differ.
  for (const output of [100, 300]) {
    cost.add(output * 0.000_005 + 0.001, of('auxiliary'));
    tokens.add(1000, { ...of('auxiliary'), type: 'input' });
    tokens.add(output, { ...of('auxiliary'), type: 'output' });
    cost.add(5, of('main'));
    tokens.add(1_000_000, { ...of('main'), type: 'output' });
    active.add(1.5, { 'session.id': session, type: 'user' });
    active.add(30, { 'session.id': session, type: 'cli' });
    commits.add(1, { 'session.id': session });
    await reader.forceFlush();
  }
  await reader.shutdown();
}
