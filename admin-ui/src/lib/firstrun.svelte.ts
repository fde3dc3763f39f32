// The one click, and its undo.
import { ApiError, send } from '../api/client';
import { calls, rest } from '../api/rest';
import { problemsOfPart, reasonOf } from './failures';
import type { Plan } from './firstrun';
import { formatRoute } from './route';
import { router } from './router.svelte';
import { store } from './store.svelte';

const waitMs = 15_000;

class FirstRun {
  phase = $state<'idle' | 'working' | 'done' | 'undoing' | 'failed'>('idle');
  step = $state('');
  error = $state.raw<unknown>(null);
  made = $state.raw<Plan | null>(null);

  async start(plan: Plan): Promise<void> {
    this.phase = 'working';
    this.error = null;
    try {
      this.step = 'Starting the source…';
      await send(calls.create(plan.source.name, plan.source.config, 'RUNNING'));
      this.step = 'Opening the stream…';
      await send(calls.create(plan.sink.name, plan.sink.config, 'RUNNING'));
      this.step = 'Waiting for the picture…';
      await this.running(plan.sink.name);
      this.made = plan;
      this.phase = 'done';
      router.go(formatRoute({ place: 'wall', query: { open: plan.sink.name } }));
    } catch (error) {
      this.error = error;
      await this.remove(plan);
      this.phase = 'failed';
    }
    store.refresh(true);
  }

  async undo(): Promise<void> {
    if (!this.made) return;
    this.phase = 'undoing';
    try {
      await this.remove(this.made);
      this.phase = 'idle';
      router.go('#/pipelines');
    } catch (error) {
      this.error = error;
      this.phase = 'failed';
    }
    this.made = null;
    store.refresh(true);
  }

  keep(): void {
    this.made = null;
    this.phase = 'idle';
  }

  private async running(sink: string): Promise<void> {
    const end = Date.now() + waitMs;
    while (Date.now() < end) {
      const { [sink]: found } = await rest.connectors();
      const task = found?.status.tasks[0];
      if (task?.state === 'FAILED') throw new Error(reasonOf(problemsOfPart(task)) || 'The sink failed');
      if (task?.state === 'RUNNING') return;
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    throw new Error(`The sink is not running after ${waitMs / 1000} s; its log may say why`);
  }

  /**
   * Connectors first, then their topic; what is not there is gone already. A deleted source leaves its offsets behind, and
   * one of its name would go on there: they are reset before.
   */
  private async remove(plan: Plan): Promise<void> {
    const { source, sink, topic } = plan;
    const steps = [
      calls.remove(sink.name),
      calls.stop(source.name),
      calls.resetOffsets(source.name),
      calls.remove(source.name),
      calls.removeTopic(topic),
    ];
    for (const call of steps) {
      try {
        await send(call);
      } catch (error) {
        if (!(error instanceof ApiError) || error.status !== 404) throw error;
      }
    }
  }
}

export const firstRun = new FirstRun();
