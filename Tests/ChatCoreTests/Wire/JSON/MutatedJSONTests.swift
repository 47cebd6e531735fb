import ChatCore
import Testing

/// Damaged JSON, the same in every run.
struct MutatedJSONTests {
  static let shards = 4
  static let framesPerShard = 10_000

  @Test(arguments: 0..<shards)
  func `damaged JSON becomes a frame or an error, and what was understood survives being written`(
    shard: Int
  ) throws {
    var random = SplitMix64(state: 0x150_4a7 &+ UInt64(shard))
    let isClient = shard.isMultiple(of: 2)
    var seeds: [[UInt8]] = []
    if isClient {
      for frame in WireSamples.clientFrames { seeds.append(Array(try json(frame).utf8)) }
    } else {
      for frame in WireSamples.serverFrames { seeds.append(Array(try json(frame).utf8)) }
    }
    var codec = FrameCodec(decodingBytes: 1 << 20)
    var (understood, refused) = (0, 0)
    for round in 0..<Self.framesPerShard {
      let text = mutated(seeds, &random)
      // Writing again is slow in a debug build, so it is done for some only.
      let again = round.isMultiple(of: 8)
      do throws(ChatError) {
        if isClient {
          let frame = try codec.decodeOwnedClientFrame(json: text)
          if again { try expectSame(frame, &codec) }
        } else {
          let frame = try text.lend { text throws(ChatError) in try codec.decodeServerFrame(json: text) }
          if again { try expectSame(frame, &codec) }
        }
        understood += 1
      } catch {
        refused += 1
      }
    }
    // Both must be common, or the damage is too light or too heavy to find anything.
    #expect(understood > Self.framesPerShard / 20 && refused > Self.framesPerShard / 10)
  }

  @Test func `a damaged frame becomes valid JSON or an error`() throws {
    var random = SplitMix64(state: 0xf00d)
    let seeds = WireSamples.serverFrames.compactMap { cut([encoded($0)], limit: .max).frames.first }
    var codec = FrameCodec(decodingBytes: 1 << 20)
    var written = 0
    for _ in 0..<Self.framesPerShard {
      var bytes = seeds[random.below(seeds.count)]
      for _ in 0...random.below(3) where !bytes.isEmpty {
        bytes[random.below(bytes.count)] = UInt8(truncatingIfNeeded: random.next())
      }
      var buffer = FrameBuffer()
      do throws(ChatError) {
        try bytes.lend { bytes throws(ChatError) in try codec.appendJSON(of: bytes, into: &buffer) }
      } catch {
        let left = buffer.count
        #expect(left == 0)
        continue
      }
      written += 1
      let error = refusal { () throws(ChatError) in try codec.decodeServerFrame(json: buffer.readable) }
      // Only a NUL may be in what is written, but not in what is read.
      #expect(error == nil || error?.message.contains("NUL") == true)
    }
    #expect(written > Self.framesPerShard / 10)
  }

  private func expectSame(_ frame: ClientFrame, _ codec: inout FrameCodec) throws(ChatError) {
    let text = Array(try json(frame).utf8)
    let again = try codec.decodeOwnedClientFrame(json: text)
    #expect(again == frame)
  }

  private func expectSame(_ frame: ServerFrame, _ codec: inout FrameCodec) throws(ChatError) {
    let text = Array(try json(frame).utf8)
    let again = try text.lend { text throws(ChatError) in try codec.decodeServerFrame(json: text) }
    #expect(again == frame)
  }

  /// What JSON is made of, and what it is not.
  static let tokens: [String] = [
    "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\ud83d", "\\udcfa", "\\u0000", "null", "true", "false",
    "-", "0",
    "1e3", "1e-3", ".5", "18446744073709551616", "\"to\":", "{\"a\":[", "=", "é", "\n", " ",
  ]

  /// One of the texts with one to three kinds of damage.
  private func mutated(_ seeds: [[UInt8]], _ random: inout SplitMix64) -> [UInt8] {
    var text = seeds[random.below(seeds.count)]
    for _ in 0...random.below(2) {
      let place = random.below(text.count)
      switch random.below(6) {
      case 0 where !text.isEmpty:
        text[place] ^= 1 << UInt8(random.below(8))
      case 1 where !text.isEmpty:
        text[place] = UInt8(truncatingIfNeeded: random.next())
      case 2:
        text.insert(contentsOf: Array(Self.tokens[random.below(Self.tokens.count)].utf8), at: place)
      case 3 where !text.isEmpty:
        text.removeSubrange(place..<(place + random.below(min(8, text.count - place)) + 1))
      case 4 where random.below(4) == 0:
        text.removeLast(random.below(text.count))
      default:
        // A member of one object in another.
        let other = seeds[random.below(seeds.count)]
        guard let start = other.firstIndex(of: UInt8(ascii: "{")), other.count > start + 2 else { continue }
        text.insert(
          contentsOf: other[(start + 1)..<(other.count - 1)] + [UInt8(ascii: ",")], at: min(1, text.count))
      }
    }
    return text
  }
}
