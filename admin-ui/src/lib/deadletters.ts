// The records that a sink has left out: what the page says of them, and the connector that sends them back.
import type { Config, DeadLetter, DeadLetterReason, DeadLetters, Expanded, Topic } from '../api/types';
import { shapeOf, type Shape } from './values';
import { topicsOf } from './vitals';

const errorHeaders = [
  'topic',
  'partition',
  'offset',
  'connector.name',
  'task.id',
  'stage',
  'class.name',
  'exception.class.name',
  'exception.message',
  'exception.stacktrace',
].map((name) => `__connect.errors.${name}`);

/** The topic that gets what this connector leaves out; empty: none. */
export function deadLetterTopicOf(info: Expanded['info']): string {
  return info.type === 'sink' ? (info.config['errors.deadletterqueue.topic.name'] ?? '').trim() : '';
}

/** Another text when the topic holds more or less. */
export const extentsOf = (topic: Topic | undefined) =>
  topic?.partitions.map((each) => `${each.first_offset}-${each.end_offset}`).join(' ') ?? '';

export const isTolerant = (config: Config) => (config['errors.tolerance'] ?? '').trim().toLowerCase() === 'all';
export const namesReasons = (config: Config) =>
  (config['errors.deadletterqueue.context.headers.enable'] ?? '').trim().toLowerCase() === 'true';

const stages: Record<string, string> = {
  KAFKA_CONSUME: 'Could not be read from the topic',
  KEY_CONVERTER: 'Key could not be converted',
  VALUE_CONVERTER: 'Value could not be converted',
  HEADER_CONVERTER: 'Headers could not be converted',
  TRANSFORMATION: 'A transform failed',
  TASK_PUT: 'Not taken by the connector',
};

/** Where it happened, in a few words; a stage that no line here knows is told by its name. */
export const stageOf = (reason: DeadLetterReason) => stages[reason.stage] ?? reason.stage;

/** What it died of, in a line. */
export function titleOf(reason: DeadLetterReason): string {
  return reason.message || reason.exception || stageOf(reason) || 'It does not say why';
}

export interface Target {
  /** The topic that gets them back. */
  topic: string;
  letters: number;
  withoutValue: number;
}

/** Where letters came from, most of them first: there they can go back. */
export function targetsOf(report: DeadLetters, info: Expanded['info']): Target[] {
  const targets = new Map<string, Target>();
  // Those that say nothing can only have come from the one topic that the sink reads.
  const read = topicsOf(info.config, 'sink', []);
  const only = report.own === 0 && report.others === 0 && read.length === 1 ? read[0]! : '';
  for (const reason of report.reasons) {
    const topic = reason.topic || (reason.named ? '' : only);
    if (topic === '' || topic === report.topic) continue;
    const target = targets.get(topic) ?? { topic, letters: 0, withoutValue: 0 };
    target.letters += reason.letters;
    target.withoutValue += reason.without_value;
    targets.set(topic, target);
  }
  return [...targets.values()].sort((a, b) => b.letters - a.letters);
}

/** As a regular expression that fits this text only. */
const quoted = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);

/** One name for each way back: made again it goes on behind what it has sent. */
export const sendBackName = (connector: string, topic: string) => `${connector}-back-to-${topic}`;

/**
 * A TopicSource that sends this connector's letters back to `topic` as they were. `shared`: other connectors' letters are,
 * or may come, into the same topic.
 */
export function sendBackConfig(report: DeadLetters, info: Expanded['info'], topic: string, shared: boolean): Config {
  const config: Config = {
    'connector.class': 'TopicSource',
    'source.topics': report.topic,
    topic,
  };
  const transforms: string[] = [];
  const predicates: string[] = [];
  const only = (alias: string, negate: boolean, predicate: Config) => {
    transforms.push(alias);
    predicates.push(alias);
    config[`transforms.${alias}.type`] = 'Filter';
    config[`transforms.${alias}.predicate`] = alias;
    if (negate) config[`transforms.${alias}.negate`] = 'true';
    for (const [key, value] of Object.entries(predicate)) config[`predicates.${alias}.${key}`] = value;
  };
  const named = report.own > 0;
  const topics = new Set(report.reasons.map((reason) => reason.topic));
  const reads = topicsOf(info.config, 'sink', []);
  const several = topics.size > 1 || reads.length !== 1 || Boolean(info.config['topics.regex']);
  const unknown = !report.complete || report.in_further_reasons > 0;
  // A letter whose value was refused would come back as a tombstone.
  only('whole', false, { type: 'HasHeaderKey', name: 'framespool.errors.value.bytes' });
  if (named && (shared || unknown || report.others > 0 || report.unnamed > 0))
    only('own', true, {
      type: 'HeaderMatches',
      name: '__connect.errors.connector.name',
      pattern: quoted(info.name),
    });
  if (named && (unknown || several))
    only('from', true, { type: 'HeaderMatches', name: '__connect.errors.topic', pattern: quoted(topic) });
  transforms.push('clean');
  config['transforms'] = transforms.join(',');
  config['predicates'] = predicates.join(',');
  config['transforms.clean.type'] = 'DropHeaders';
  config['transforms.clean.headers'] = errorHeaders.join(',');
  return config;
}

/** The connectors that have the same dead letter topic. */
export function sharersOf(topic: string, connectors: Record<string, Expanded>): string[] {
  return Object.keys(connectors)
    .filter((name) => deadLetterTopicOf(connectors[name]!.info) === topic)
    .sort();
}

/** The connectors that copy `letters` to `topic`, whoever made them. */
export function sendersOf(letters: string, topic: string, connectors: Record<string, Expanded>): string[] {
  return Object.keys(connectors).filter((name) => {
    const { type, config } = connectors[name]!.info;
    const sources = (config['source.topics'] ?? '').split(',').map((each) => each.trim());
    return type === 'source' && sources.includes(letters) && (config['topic'] ?? '').trim() === topic;
  });
}

/** How a letter's value can be shown: by its content type, and as text where it is text. */
export const shapeOfLetter = (letter: DeadLetter): Shape =>
  shapeOf(
    letter.value,
    letter.value_bytes,
    letter.headers.findLast((header) => header.key === 'content-type')?.value ?? '',
  );
