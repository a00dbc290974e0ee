using System.Buffers.Binary;
using System.Net.Sockets;

namespace Plait.SystemTests.Prober;

/// <summary>What the system knows of our end of a connection: struct tcp_info (linux/tcp.h).</summary>
/// <param name="IsClosed">Nothing is left of it: it was reset, or both sides have ended it.</param>
/// <param name="IsAcknowledged">The other side has all that was sent.</param>
/// <param name="DataSegments">Segments with data that came.</param>
internal sealed record TcpState(bool IsClosed, bool IsAcknowledged, int DataSegments)
{
    private const int TcpLevel = 6; // IPPROTO_TCP
    private const int TcpInfo = 11; // TCP_INFO
    private const int StateClose = 7; // TCP_CLOSE

    private const int UnacknowledgedAt = 24;
    private const int NotSentBytesAt = 144;
    private const int DataSegmentsInAt = 152;
    private const int Length = 160;

    /// <summary>Asks the system.</summary>
    public static TcpState Of(Socket socket)
    {
        byte[] info = new byte[Length];
        int length = socket.GetRawSocketOption(TcpLevel, TcpInfo, info);
        Assert.Equal(Length, length); // Linux 4.6 has all of these
        return new(
            info[0] == StateClose,
            Read(UnacknowledgedAt) == 0 && Read(NotSentBytesAt) == 0,
            Read(DataSegmentsInAt));

        int Read(int offset) => BinaryPrimitives.ReadInt32LittleEndian(info.AsSpan(offset));
    }
}
