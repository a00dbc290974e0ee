using System.Buffers.Binary;

namespace Plait.Wire.ExtOrPort;

/// <summary>Numbers of the Extended ORPort protocol, and the head of its frames.</summary>
internal static class ExtOrPortNumbers
{
    internal const byte EndOfAuthTypes = 0;
    internal const byte SafeCookie = 1;

    internal const byte AuthFailed = 0;
    internal const byte AuthSucceeded = 1;

    /// <summary>Client to server (X13).</summary>
    internal const ushort Done = 0x0000;
    internal const ushort UserAddress = 0x0001;
    internal const ushort Transport = 0x0002;

    /// <summary>Server to client (X13).</summary>
    internal const ushort Okay = 0x1000;
    internal const ushort Deny = 0x1001;

    internal const int FrameHeadLength = 4;

    /// <summary>Reads <c>command(2) length(2)</c> (X12).</summary>
    internal static (ushort Command, int Length) ReadHead(ReadOnlySpan<byte> head) =>
        (BinaryPrimitives.ReadUInt16BigEndian(head), BinaryPrimitives.ReadUInt16BigEndian(head[2..]));

    /// <summary>Writes <c>command(2) length(2) body</c> (X12).</summary>
    internal static byte[] Frame(ushort command, ReadOnlySpan<byte> body) =>
        [(byte)(command >> 8), (byte)command, (byte)(body.Length >> 8), (byte)body.Length, .. body];
}
