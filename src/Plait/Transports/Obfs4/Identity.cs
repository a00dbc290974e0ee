using System.Diagnostics.CodeAnalysis;
using Plait.Native;

namespace Plait.Transports.Obfs4;

/// <summary>What a client knows of a bridge: its node id and its public key, as the <c>cert</c> of the bridge line has them (O4-2).</summary>
internal sealed class BridgeIdentity
{
    internal const int NodeIdSize = 20;
    private const int CertificateSize = NodeIdSize + Sodium.PointSize;
    private const int CertificateLength = 70; // in Base64, without its padding

    private readonly byte[] _bytes;

    /// <param name="nodeId">20 bytes.</param>
    /// <param name="publicKey">32 bytes.</param>
    internal BridgeIdentity(ReadOnlySpan<byte> nodeId, ReadOnlySpan<byte> publicKey)
    {
        _bytes = [.. nodeId[..NodeIdSize], .. publicKey[..Sodium.PointSize]];
    }

    internal ReadOnlySpan<byte> NodeId => _bytes.AsSpan(0, NodeIdSize);

    internal ReadOnlySpan<byte> PublicKey => _bytes.AsSpan(NodeIdSize);

    /// <summary>The value of <c>cert</c>.</summary>
    internal string Certificate => Convert.ToBase64String(_bytes)[..CertificateLength];

    /// <summary>Reads the value of <c>cert</c>: 70 characters, without the padding.</summary>
    internal static bool TryParse(string certificate, [NotNullWhen(true)] out BridgeIdentity? identity)
    {
        Span<byte> bytes = stackalloc byte[CertificateSize + 2];
        identity = certificate.Length == CertificateLength && !certificate.AsSpan().ContainsAny(" \t\r\n=")
            && Convert.TryFromBase64String(certificate + "==", bytes, out int count) && count == CertificateSize
                ? new(bytes[..NodeIdSize], bytes[NodeIdSize..CertificateSize])
                : null;
        return identity is not null;
    }

    /// <summary>Reads the older form: <c>node-id</c> and <c>public-key</c>, in hexadecimal digits (O4-1).</summary>
    internal static bool TryParse(string nodeId, string publicKey, [NotNullWhen(true)] out BridgeIdentity? identity)
    {
        identity = Hex.TryRead(nodeId, NodeIdSize, out byte[]? node) && Hex.TryRead(publicKey, Sodium.PointSize, out byte[]? key)
            ? new(node, key)
            : null;
        return identity is not null;
    }

    /// <summary>Nothing of it: it is what a bridge's clients know, and no censor should (G5).</summary>
    public override string ToString() => nameof(BridgeIdentity);
}
