import { expect, test } from 'vitest';
import type { Definition } from '../api/types';
import { groupsOf } from './plugindocs';

const key = (name: string, group: string | null, order_in_group: number) =>
  ({ name, group, order_in_group }) as Definition;

test('keys stand in the order of their groups, those of none at the end', () => {
  const groups = groupsOf([key('x', null, 1), key('b', 'Video', 2), key('c', 'Common', 1), key('a', 'Video', 1)]);
  expect(groups.map(({ group, keys }) => [group, keys.map(({ name }) => name)])).toEqual([
    ['Video', ['a', 'b']],
    ['Common', ['c']],
    ['Other', ['x']],
  ]);
});
