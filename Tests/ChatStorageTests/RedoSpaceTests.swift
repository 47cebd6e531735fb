import Testing

@testable import ChatStorage

struct RedoSpaceTests {
  @Test func `records follow one another, and one that was not written leaves no gap`() {
    var space = RedoSpace(halfBytes: 100)
    #expect(space.place(of: 60, syncedThrough: 0) == .next(0))
    #expect(space.place(of: 40, syncedThrough: 0) == .next(0))
    space.wrote(1, bytes: 40, at: .next(0))
    #expect(space.place(of: 60, syncedThrough: 0) == .next(40))
  }

  @Test func `a half is written over when the tables have all its records`() {
    var space = RedoSpace(halfBytes: 100)
    space.wrote(1, bytes: 60, at: .next(0))
    space.wrote(2, bytes: 40, at: .next(60))
    // The other half is empty.
    #expect(space.place(of: 90, syncedThrough: 0) == .otherHalf(100))
    space.wrote(3, bytes: 90, at: .otherHalf(100))
    #expect(space.place(of: 20, syncedThrough: 1) == nil)
    #expect(space.place(of: 10, syncedThrough: 1) == .next(190))
    #expect(space.place(of: 20, syncedThrough: 2) == .otherHalf(0))
    space.wrote(4, bytes: 20, at: .otherHalf(0))
    #expect(space.place(of: 90, syncedThrough: 2) == nil)
    #expect(space.place(of: 90, syncedThrough: 3) == .otherHalf(100))
  }

  @Test(arguments: [-1, 0, 100]) func `what is larger than a half has no place`(halfBytes: Int) {
    let space = RedoSpace(halfBytes: halfBytes)
    #expect(space.place(of: 101, syncedThrough: .max) == nil)
  }
}
