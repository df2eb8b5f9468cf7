/**
 * What the generators of the clients in other languages write: the schemas of openapi.json that
 * their hand-written layers use, as a flat list of objects and enumerations with names.
 */

/** The part of JSON Schema that our document uses. */
export type Schema = {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly enum?: readonly (string | null)[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | Schema
  readonly items?: Schema
  readonly prefixItems?: readonly Schema[]
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
}
export type Schemas = Readonly<Record<string, Schema>>

export type Type =
  | { readonly kind: 'text' | 'integer' | 'number' | 'boolean' }
  | { readonly kind: 'list' | 'map'; readonly of: Type }
  | { readonly kind: 'object' | 'enumeration'; readonly name: string }

export type Field = {
  /** As in JSON. */
  readonly name: string
  readonly type: Type
  readonly required: boolean
  readonly nullable: boolean
  readonly description: string | null
}
export type ObjectShape = {
  readonly name: string
  /** Whether the client sends it, or receives it. */
  readonly sent: boolean
  readonly fields: readonly Field[]
}
export type Enumeration = { readonly name: string; readonly values: readonly string[] }
export type Shapes = {
  readonly objects: readonly ObjectShape[]
  readonly enumerations: readonly Enumeration[]
}

/** Schemas that the layers use; an edit's input is read without what is sent as files. */
const SENT = ['CreateEdit', 'CreatePlan', 'CreateMask', 'CreateUpload']
const RECEIVED = [
  'Edit',
  'CanceledEdit',
  'EditList',
  'Plan',
  'Mask',
  'Models',
  'Upload',
  'Usage',
  'Problem',
  'WebhookMessage',
]
/** Files are arguments of their own; a call makes one edit, whose id is saved. */
const LEFT_OUT = new Set(['image', 'mask', 'affects', 'n'])

/** Names that are better than those made of the path. */
const NAMES: Readonly<Record<string, string>> = {
  CreateEdit: 'EditInput',
  CreatePlan: 'PlanInput',
  CreateMask: 'MaskInput',
  CreateUpload: 'UploadInput',
  EditOptions: 'RecordedOptions',
  EditInputModel: 'ModelName',
  EditImage: 'Size',
  EditPrice: 'Price',
  EditArea: 'Area',
  EditPlan: 'PlanSummary',
  PlanSummaryGrid: 'Grid',
  EditInputOutput: 'Output',
  MaskInputImage: 'ImageReference',
  MaskInputBox: 'Box',
  MaskInputPoints: 'MaskPoint',
  MaskCandidates: 'MaskCandidate',
  ModelsModels: 'Model',
  ProblemCode: 'ErrorCode',
  UsageUsage: 'UsageRow',
  WebhookMessageData: 'WebhookData',
}

/** The shapes of a document's schemas. @throws Error for a schema that no client could use */
export function shapesOf(schemas: Schemas): Shapes {
  const reader = new Reader(schemas)
  for (const name of SENT) reader.named(name, true)
  for (const name of RECEIVED) reader.named(name, false)
  return reader
}

class Reader implements Shapes {
  readonly objects: ObjectShape[] = []
  readonly enumerations: Enumeration[] = []
  readonly #schemas: Schemas
  /** Names by what they stand for: equal schemas share one. */
  readonly #known = new Map<string, string>()

  constructor(schemas: Schemas) {
    this.#schemas = schemas
  }

  named(schemaName: string, sent: boolean): Type {
    const schema = this.#schemas[schemaName]
    if (schema === undefined) throw new Error(`openapi.json has no schema ${schemaName}`)
    return this.#type(schema, schemaName, sent)
  }

  #type(schema: Schema, path: string, sent: boolean): Type {
    if (schema.$ref !== undefined)
      return this.named(schema.$ref.replace('#/components/schemas/', ''), sent)
    const alternatives = schema.anyOf ?? schema.oneOf
    if (alternatives !== undefined) return this.#type(merged(alternatives, path), path, sent)
    if (schema.enum !== undefined) return this.#enumeration(schema.enum, path)
    const type = [schema.type ?? []].flat().find((one) => one !== 'null')
    switch (type) {
      case 'string':
        return { kind: 'text' }
      case 'integer':
      case 'number':
      case 'boolean':
        return { kind: type }
      case 'array': {
        const items = schema.items ?? schema.prefixItems?.[0]
        if (items === undefined) throw new Error(`${path} is a list of nothing`)
        return { kind: 'list', of: this.#type(items, path, sent) }
      }
      case 'object':
        if (typeof schema.additionalProperties === 'object')
          return { kind: 'map', of: this.#type(schema.additionalProperties, path, sent) }
        return this.#object(schema, path, sent)
      default:
        throw new Error(`${path} has the type ${type}, which no client knows`)
    }
  }

  #object(schema: Schema, path: string, sent: boolean): Type {
    const name = NAMES[path] ?? path
    const own = Object.entries(schema.properties ?? {}).filter(
      ([field]) => path !== 'CreateEdit' || !LEFT_OUT.has(field),
    )
    const shape = JSON.stringify([sent, schema.required ?? [], own])
    const known = this.#known.get(shape)
    if (known !== undefined) return { kind: 'object', name: known }
    this.#claim(shape, name)
    const fields = own.map(([field, of]) => ({
      name: field,
      type: this.#type(of, nested(name, field), sent),
      required: schema.required?.includes(field) ?? false,
      nullable: Array.isArray(of.type) && of.type.includes('null'),
      description: of.description ?? null,
    }))
    this.objects.push({ name, sent, fields })
    return { kind: 'object', name }
  }

  #enumeration(all: readonly (string | null)[], path: string): Type {
    const values = all.filter((value) => value !== null)
    const shape = JSON.stringify(values)
    const known = this.#known.get(shape)
    if (known !== undefined) return { kind: 'enumeration', name: known }
    const name = NAMES[path] ?? path
    this.#claim(shape, name)
    this.enumerations.push({ name, values })
    return { kind: 'enumeration', name }
  }

  #claim(shape: string, name: string): void {
    if ([...this.#known.values()].includes(name))
      throw new Error(`two schemas are called ${name}: give one another name in NAMES`)
    this.#known.set(shape, name)
  }
}

function nested(name: string, field: string): string {
  return `${name}${field.charAt(0).toUpperCase()}${field.slice(1)}`
}

/** One object that has what any of the alternatives has; required is what all of them require. */
function merged(alternatives: readonly Schema[], path: string): Schema {
  if (alternatives.some(({ type }) => type !== 'object'))
    throw new Error(`${path} may be other things than objects`)
  const properties: Record<string, Schema> = {}
  for (const [name, schema] of alternatives.flatMap((one) =>
    Object.entries(one.properties ?? {}),
  )) {
    const before = properties[name]
    if (before === undefined) properties[name] = schema
    else if (before.enum !== undefined && schema.enum !== undefined)
      properties[name] = { ...before, enum: [...new Set([...before.enum, ...schema.enum])] }
    else if (before.type === 'object' && schema.type === 'object')
      properties[name] = merged([before, schema], `${path}.${name}`)
    else if (JSON.stringify(before) !== JSON.stringify(schema))
      throw new Error(`${path}.${name} is of two kinds`)
  }
  const required = Object.keys(properties).filter((name) =>
    alternatives.every((one) => one.required?.includes(name)),
  )
  return { type: 'object', properties, required }
}
