import { Controller, Get, Module, type Type } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { refuseRoutesWithoutPermission } from './admission';
import { IsOperation } from './permissions';

@Controller('forgotten')
class Forgotten {
  @Get('listed')
  @IsOperation('ListConnections')
  listed(): string {
    return this.noRoute();
  }

  @Get('unlisted')
  unlisted(): string {
    return 'anybody';
  }

  noRoute(): string {
    return 'nobody';
  }
}

@Controller('remembered')
class Remembered {
  @Get()
  @IsOperation('GetConnection')
  get(): string {
    return 'somebody';
  }
}

describe('routes', () => {
  const modulesWith = async (...controllers: Type[]): Promise<ModulesContainer> => {
    @Module({ controllers })
    class Inner {}
    const testing = await Test.createTestingModule({ imports: [Inner] }).compile();
    return testing.get(ModulesContainer);
  };

  it('keep the process from starting when nobody decided who may use one, wherever it is', async () => {
    const modules = await modulesWith(Remembered, Forgotten);
    expect(() => refuseRoutesWithoutPermission(modules)).toThrow('the route Forgotten.unlisted says no operation');
  });

  it('do not where each says its operation', async () => {
    const modules = await modulesWith(Remembered);
    expect(() => refuseRoutesWithoutPermission(modules)).not.toThrow();
  });
});
