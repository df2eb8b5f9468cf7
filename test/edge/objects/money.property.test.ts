import { testHistories } from './books.ts'

testHistories(0)
