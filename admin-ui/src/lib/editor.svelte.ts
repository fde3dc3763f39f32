// The state of create and edit: one config behind form and JSON, checked by the worker while it is typed.
import { ApiError, send } from '../api/client';
import { calls, rest } from '../api/rest';
import type { Config, Definition, InitialState, Probe, Problem, Validation, Warned, Warning } from '../api/types';
import { fromJson, same, secretKeys, toJson, withValue } from './form/config';
import { diff, merge, type Merge } from './form/diff';
import { problemsOf, problemsOfRefusal, renamed, warningsOf, type FieldProblem } from './form/errors';
import { notices } from './notices.svelte';
import { loadDraft, storeDraft } from './form/draft';
import { withoutChain } from './form/chain';
import { definitionsOf, markOf, sectionsOf, type Section } from './form/model';

const settleMs = 400;
/** Say nothing of what is read. */
const unprobed = new Set(['name', 'topic']);

/** What was thrown, as an answer of the worker. */
function told(error: unknown): { message: string; problems: Problem[] } {
  return error instanceof ApiError
    ? error
    : { message: error instanceof Error ? error.message : String(error), problems: [] };
}

export class Editor {
  /** What there was before anyone typed: what the worker has, or on create what a link has filled in. */
  private begun = $state.raw<Config>({});
  config = $state.raw<Config>({});
  /** What the worker has; empty on create. */
  base = $state.raw<Config>({});
  initialState = $state<InitialState>('RUNNING');
  validation = $state.raw<Validation | null>(null);
  private ofPlugin = $state.raw<Definition[]>([]);
  /** The worker's refusal of the last save. */
  refusal = $state.raw<FieldProblem[]>([]);
  loadError = $state.raw<unknown>(null);
  checkError = $state.raw<unknown>(null);
  checkedAt = $state<number | null>(null);
  checking = $state(false);
  saving = $state(false);
  touched = $state.raw<Set<string>>(new Set());
  submitted = $state(false);
  conflict = $state.raw<Merge | null>(null);
  json = $state('');
  jsonProblem = $state('');
  probe = $state.raw<Probe | null>(null);
  probeError = $state('');
  probing = $state(false);
  probeMs = $state(0);
  probeIsOld = $state(false);

  readonly definitions: Definition[] = $derived(definitionsOf(this.ofPlugin, this.validation));
  readonly secrets = $derived(secretKeys(this.definitions));
  readonly sections: Section[] = $derived(
    this.validation ? sectionsOf(withoutChain(this.validation, this.config), this.config) : [],
  );
  readonly problems: FieldProblem[] = $derived([
    ...(this.validation ? problemsOf(this.validation) : []),
    ...this.refusal,
  ]);
  readonly warnings: Warning[] = $derived(warningsOf(this.validation, this.config));
  readonly bad = $derived(new Set(this.problems.flatMap((problem) => (problem.field ? [problem.field] : []))));
  readonly changes = $derived(diff(this.base, this.config, this.definitions));
  readonly dirty = $derived(!same(this.begun, this.config));

  private sequence = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private probed = '';

  constructor(
    readonly name: string | null,
    readonly pluginClass: string,
  ) {}

  get draftKey(): string {
    return this.name === null ? `create:${this.pluginClass}` : `edit:${this.name}`;
  }

  async load(prefill: Config, pasted: Config = {}): Promise<void> {
    try {
      if (this.name !== null) this.base = await rest.config(this.name);
      const cls = this.base['connector.class'] ?? this.pluginClass;
      this.ofPlugin = await rest.pluginConfig(cls);
      // What was left of another edit is no part of a config that comes whole.
      const draft = Object.keys(pasted).length === 0 ? loadDraft(this.draftKey) : null;
      const start: Config = this.name === null ? { name: '', 'connector.class': cls, ...prefill } : this.base;
      this.begun = start['name'] === '' ? withValue(start, 'name', undefined) : start;
      this.config = { ...this.begun, ...pasted, ...draft };
      this.loadError = null;
      await this.check();
    } catch (error) {
      this.loadError = error;
    }
  }

  set(key: string, value: string | undefined): void {
    this.config = withValue(this.config, key, value);
    this.refusal = this.refusal.filter((problem) => problem.field !== key && problem.field !== null);
    this.changed();
  }

  /** The key that was meant gets the value of the one that was typed. */
  rename(key: string, right: string): void {
    this.replace(renamed(this.config, key, right));
    this.touch(right);
    if (this.json !== '') this.showJson();
  }

  replace(config: Config): void {
    this.config = config;
    this.refusal = [];
    this.changed();
  }

  private changed(): void {
    this.jsonProblem = '';
    storeDraft(this.draftKey, this.dirty ? this.config : null, this.secrets);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.check(), settleMs);
  }

  touch(key: string): void {
    if (!this.touched.has(key)) this.touched = new Set(this.touched).add(key);
    clearTimeout(this.timer);
    void this.check();
  }

  /** The JSON view was entered: text of the config as it is. */
  showJson(): void {
    this.json = toJson(this.config, this.secrets);
    this.jsonProblem = '';
  }

  typeJson(text: string): void {
    this.json = text;
    const parsed = fromJson(text, { ...this.base, ...this.config }, this.secrets);
    if ('problem' in parsed) this.jsonProblem = parsed.problem;
    else this.replace(parsed.config);
  }

  /** Asks the worker; an answer that a newer question has overtaken is dropped. */
  async check(): Promise<void> {
    const mine = ++this.sequence;
    const asked = this.config;
    this.checking = true;
    try {
      const cls = asked['connector.class'] ?? this.pluginClass;
      const answer = await rest.validate(cls, { ...asked, 'connector.class': cls });
      if (mine !== this.sequence) return;
      this.validation = answer;
      this.checkError = null;
      this.checkedAt = Date.now();
    } catch (error) {
      if (mine === this.sequence) this.checkError = error;
    } finally {
      if (mine === this.sequence) this.checking = false;
    }
    // What has been typed meanwhile is not checked yet, and not to be tried out.
    if (mine === this.sequence && asked === this.config && this.isSource) void this.look();
  }

  /** Only sinks have topics to read. */
  get isSource(): boolean {
    return this.ofPlugin.length > 0 && !this.ofPlugin.some((d) => d.name === 'topics');
  }

  /** The source's first frame, once its own keys are good. */
  private async look(): Promise<void> {
    // A wrong value somewhere leaves the picture of the last good ones.
    if ([...this.bad].some((key) => !unprobed.has(key))) {
      this.probeError = '';
      this.probed = '';
      this.probing = false;
      this.probeIsOld = this.probe !== null;
      return;
    }
    this.probeIsOld = false;
    // A chain may make something of the topic's name.
    const shown = (key: string) => !unprobed.has(key) || (key === 'topic' && Boolean(this.config['transforms']));
    const asked = JSON.stringify(Object.entries(this.config).filter(([key]) => shown(key)));
    if (asked === this.probed) return;
    this.probed = asked;
    this.probing = true;
    const started = performance.now();
    try {
      const probe = await rest.probe(this.config['connector.class'] ?? this.pluginClass, {
        name: 'probe',
        topic: 'probe',
        ...this.config,
      });
      if (asked === this.probed) {
        this.probe = probe;
        this.probeError = '';
        this.probeMs = Math.round(performance.now() - started);
      }
    } catch (error) {
      if (asked !== this.probed) return;
      this.probe = null;
      const missing = error instanceof ApiError && (error.status === 404 || error.status === 405);
      this.probeError = missing
        ? ''
        : problemsOfRefusal(told(error))
            .map((p) => p.message)
            .join(' ');
    } finally {
      if (asked === this.probed) this.probing = false;
    }
  }

  markOf(section: Section) {
    return markOf(section, this.config, this.bad);
  }

  /** Sends it. Resolves to the connector's name once the worker has taken it. */
  async save(): Promise<string | null> {
    this.saving = true;
    this.refusal = [];
    const config = Object.fromEntries(
      Object.entries(this.config).filter(([key]) => key !== 'name' || this.name !== null),
    );
    try {
      if (this.name === null) {
        const name = this.config['name'] ?? '';
        const made = await send<Warned>(calls.create(name, { ...config, name }, this.initialState));
        notices.keep(name, warningsOf(made, this.config));
        storeDraft(this.draftKey, null, this.secrets);
        return name;
      }
      const theirs = await rest.config(this.name);
      if (!same(theirs, this.base)) {
        this.conflict = merge(this.base, this.config, theirs);
        return null;
      }
      const changed = await send<Warned>(calls.putConfig(this.name, config));
      notices.keep(this.name, warningsOf(changed, this.config));
      storeDraft(this.draftKey, null, this.secrets);
      return this.name;
    } catch (error) {
      this.refusal = problemsOfRefusal(told(error));
      return null;
    } finally {
      this.saving = false;
    }
  }

  /** Takes what the other one saved as the base, and the merge as the edit. */
  resolve(merged: Config, theirs: Config): void {
    this.base = theirs;
    this.begun = theirs;
    this.conflict = null;
    this.replace(merged);
  }
}
