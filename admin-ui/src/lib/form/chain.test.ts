import { describe, expect, it } from 'vitest';
import { definition, validation } from '../fixtures';
import {
  aliasesOf,
  isOfChain,
  predicatesOf,
  stagesOf,
  withMoved,
  withoutPart,
  withPart,
  withPredicate,
  withType,
} from './chain';

const config = {
  name: 'a',
  transforms: 'mark, drop',
  'transforms.mark.type': 'InsertHeader',
  'transforms.mark.header': 'site',
  'transforms.drop.type': 'Filter',
  'transforms.drop.predicate': 'dead',
  'transforms.drop.negate': 'true',
  predicates: 'dead',
  'predicates.dead.type': 'HasHeaderKey',
  'predicates.dead.name': 'x',
};

describe('a chain', () => {
  it('is what the config names, in its order, with the fields that the worker tells', () => {
    const told = validation([
      definition('transforms.mark.type'),
      definition('transforms.mark.value', { order_in_group: 5 }),
      definition('transforms.mark.header', { order_in_group: 4 }),
      definition('transforms.marks.other'),
      definition('predicates.dead.name'),
    ]);
    const [mark, drop] = stagesOf(config, told);
    expect(mark).toMatchObject({ alias: 'mark', type: 'InsertHeader', predicate: '', negate: false });
    expect(mark!.fields.map((field) => field.key)).toEqual(['transforms.mark.header', 'transforms.mark.value']);
    expect(drop).toMatchObject({ alias: 'drop', predicate: 'dead', negate: true, fields: [] });
    expect(predicatesOf(config, told)[0]!.fields.map((field) => field.key)).toEqual(['predicates.dead.name']);
  });

  it('takes a name that stands twice once, and no empty one', () => {
    expect(aliasesOf({ transforms: ' a,,b , a' }, 'transforms')).toEqual(['a', 'b']);
    expect(aliasesOf({}, 'predicates')).toEqual([]);
  });

  it('knows its own keys', () => {
    expect(isOfChain('transforms.mark.header', config)).toBe(true);
    expect(isOfChain('predicates', config)).toBe(true);
    expect(isOfChain('transforms.other.header', config)).toBe(false);
    expect(isOfChain('topic', config)).toBe(false);
  });

  it('gives a new part the name of its class, and a number where that is taken', () => {
    const one = withPart({}, 'transforms', 'InsertHeader');
    expect(one).toEqual({ transforms: 'insertHeader', 'transforms.insertHeader.type': 'InsertHeader' });
    expect(withPart(one, 'transforms', 'InsertHeader')['transforms']).toBe('insertHeader,insertHeader2');
  });

  it('takes a part with all its keys, and a predicate from those that asked for it', () => {
    expect(withoutPart(config, 'transforms', 'mark')).not.toHaveProperty(['transforms.mark.header']);
    expect(withoutPart(config, 'transforms', 'mark')['transforms']).toBe('drop');
    expect(withoutPart(config, 'predicates', 'dead')).toEqual({
      name: 'a',
      transforms: 'mark, drop',
      'transforms.mark.type': 'InsertHeader',
      'transforms.mark.header': 'site',
      'transforms.drop.type': 'Filter',
    });
  });

  it('moves a transform, but not beyond an end', () => {
    expect(withMoved(config, 'drop', -1)['transforms']).toBe('drop,mark');
    expect(withMoved(config, 'mark', 1)['transforms']).toBe('drop,mark');
    expect(withMoved(config, 'mark', -1)['transforms']).toBe('mark,drop');
  });

  it('keeps the predicate but not the keys of another class', () => {
    const changed = withType({ ...config, 'transforms.mark.predicate': 'dead' }, 'transforms', 'mark', 'DropHeaders');
    expect(changed['transforms.mark.type']).toBe('DropHeaders');
    expect(changed['transforms.mark.predicate']).toBe('dead');
    expect(changed).not.toHaveProperty(['transforms.mark.header']);
  });

  it('forgets to negate where there is no predicate any more', () => {
    expect(withPredicate(config, 'drop', '')).not.toHaveProperty(['transforms.drop.negate']);
    expect(withPredicate(config, 'mark', 'dead')['transforms.mark.predicate']).toBe('dead');
  });
});
