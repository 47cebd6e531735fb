/// A list that mostly has one element, which takes no memory of its own.
package struct ShortList<Element> {
  private var head: Element?
  private var rest: [Element] = []

  package init() {}

  package init(of element: Element) { head = element }

  package init(_ elements: some Sequence<Element>) {
    for element in elements { append(element) }
  }

  package mutating func append(_ element: Element) {
    if head == nil { head = element } else { rest.append(element) }
  }

  package mutating func reserveCapacity(_ count: Int) {
    if count > 1 { rest.reserveCapacity(count - 1) }
  }

  package mutating func popLast() -> Element? {
    if let last = rest.popLast() { return last }
    defer { head = nil }
    return head
  }

  package mutating func removeAll() {
    head = nil
    if !rest.isEmpty { rest.removeAll() }
  }
}

extension ShortList: RandomAccessCollection, MutableCollection {
  package var startIndex: Int { 0 }
  package var endIndex: Int { head == nil ? 0 : rest.count + 1 }

  package subscript(index: Int) -> Element {
    get {
      if index == 0, let head { return head }
      return rest[index - 1]
    }
    set {
      if index == 0, head != nil { head = newValue } else { rest[index - 1] = newValue }
    }
  }
}

extension ShortList: Sendable where Element: Sendable {}
