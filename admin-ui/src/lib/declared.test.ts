import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { rest } from '../api/rest';
import { firstPauseMs, metricsAsked, metricsOf } from './declared.svelte';
import { declaredOfSinks } from './fixtures';

describe('what a class declares', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it('is asked for once', async () => {
    const asked = vi.spyOn(rest, 'pluginMetrics').mockResolvedValue(declaredOfSinks);
    expect(metricsOf('Once')).toEqual([]);
    await metricsAsked('Once');
    expect(metricsOf('Once')).toEqual(declaredOfSinks);
    expect(asked).toHaveBeenCalledTimes(1);
  });

  it('is asked for again until the worker answers, after a longer pause each time', async () => {
    const asked = vi
      .spyOn(rest, 'pluginMetrics')
      .mockRejectedValueOnce(new Error('no'))
      .mockRejectedValueOnce(new Error('no'))
      .mockResolvedValue(declaredOfSinks);
    await metricsAsked('Late');
    expect(metricsOf('Late')).toEqual([]);
    await vi.advanceTimersByTimeAsync(firstPauseMs - 1);
    expect(asked).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(asked).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(2 * firstPauseMs - 1);
    expect(asked).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(metricsOf('Late')).toEqual(declaredOfSinks);
  });
});
