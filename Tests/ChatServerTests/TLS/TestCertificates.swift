import Foundation
import NIOSSL

@testable import ChatServer

/// A folder with an authority, and with what it signs; made by the openssl command.
final class TestCertificates {
  struct Failed: Error {
    let output: String
  }

  private let folder: URL

  /// Makes the authority, a certificate for the server and one for a client.
  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("tls-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try makeAuthority("ca")
    try sign("server", serial: 1)
    try sign("client", serial: 2)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func path(_ file: String) -> String { folder.appendingPathComponent(file).path }

  /// How a server encrypts with these.
  func server(clientCA: Bool = false) -> ServerConfiguration.TLSConfiguration {
    .init(
      certificateFile: path("server.pem"), privateKeyFile: path("server.key"),
      clientCAFile: clientCA ? path("ca.pem") : nil)
  }

  func makeAuthority(_ name: String) throws {
    try openssl(
      "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
      "/CN=authority \(name)", "-keyout", path("\(name).key"), "-out", path("\(name).pem"))
  }

  /// Makes `name.pem` and `name.key`; in place of those that are there.
  func sign(
    _ name: String, by authority: String = "ca", serial: Int, days: Int = 2,
    names: String = "DNS:localhost,IP:127.0.0.1"
  ) throws {
    let request = path("\(name).csr")
    let extensions = path("\(name).ext")
    try "subjectAltName=\(names)\n".write(toFile: extensions, atomically: true, encoding: .utf8)
    try openssl(
      "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=\(name)",
      "-keyout",
      path("\(name).key"), "-out", request)
    try openssl(
      "x509", "-req", "-in", request, "-CA", path("\(authority).pem"), "-CAkey", path("\(authority).key"),
      "-set_serial", "\(serial)", "-days", "\(days)", "-extfile", extensions, "-out", path("\(name).pem"))
  }

  func write(_ text: String, to file: String) throws {
    try text.write(toFile: path(file), atomically: true, encoding: .utf8)
  }

  func remove(_ file: String) throws { try FileManager.default.removeItem(atPath: path(file)) }

  func replaceByFolder(_ file: String) throws {
    try remove(file)
    try FileManager.default.createDirectory(atPath: path(file), withIntermediateDirectories: false)
  }

  func replace(_ file: String, by other: String) throws {
    try write(String(contentsOfFile: path(other), encoding: .utf8), to: file)
  }

  /// What openssl says of a certificate's end, in seconds since 1970.
  func expiry(of file: String) throws -> Int64 {
    let line = try openssl("x509", "-enddate", "-noout", "-dateopt", "iso_8601", "-in", path(file))
    let text = line.trimmingCharacters(in: .whitespacesAndNewlines).dropFirst("notAfter=".count)
    let formatter = ISO8601DateFormatter()
    guard let date = formatter.date(from: text.replacingOccurrences(of: " ", with: "T")) else {
      throw Failed(output: line)
    }
    return Int64(date.timeIntervalSince1970)
  }

  @discardableResult
  private func openssl(_ arguments: String...) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["openssl"] + arguments
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    let complaints = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failed(output: text + complaints) }
    return text
  }
}

extension TestCertificates {
  /// How a client encrypts that trusts an authority of these, and shows a certificate if it has one.
  func client(
    trusting authority: String = "ca", certificate: String? = nil,
    _ change: (inout NIOSSL.TLSConfiguration) -> Void = { _ in }
  ) throws -> NIOSSLContext {
    var tls = NIOSSL.TLSConfiguration.makeClientConfiguration()
    tls.trustRoots = .file(path("\(authority).pem"))
    tls.shutdownTimeout = .seconds(1)
    if let certificate {
      tls.certificateChain = try NIOSSLCertificate.fromPEMFile(path("\(certificate).pem")).map {
        .certificate($0)
      }
      tls.privateKey = .privateKey(try NIOSSLPrivateKey(file: path("\(certificate).key"), format: .pem))
    }
    change(&tls)
    return try NIOSSLContext(configuration: tls)
  }
}
