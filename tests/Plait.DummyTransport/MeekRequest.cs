using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Plait.DummyTransport;

/// <summary>One request of HTTP/1.1, as far as a meek server looks at it.</summary>
/// <param name="Method">GET, POST or another.</param>
/// <param name="SessionId">X-Session-Id; empty for none.</param>
/// <param name="Body">What came after the head.</param>
internal sealed record MeekRequest(string Method, string SessionId, byte[] Body)
{
    private const int MaxHead = 16384;
    private const int MaxBody = 65537; // K12

    /// <summary>Reads one.</summary>
    /// <param name="peer">A connection that may hold more of them.</param>
    /// <param name="limit">From the last answer to the end of this one (K15).</param>
    /// <returns>Null at the connection's end, or where the rules are broken.</returns>
    public static async Task<MeekRequest?> ReadAsync(Socket peer, TimeSpan limit)
    {
        using var timer = new CancellationTokenSource(limit);
        if (await ReadHeadAsync(peer, timer.Token) is not [var start, .. var fields])
        {
            return null;
        }

        string length = Field(fields, "Content-Length");
        int body = length.Length == 0 ? 0 : int.Parse(length, NumberStyles.None, CultureInfo.InvariantCulture);
        return body > MaxBody
            ? null
            : new(start.Split(' ')[0], Field(fields, "X-Session-Id"), await peer.ReadAsync(body, timer.Token));
    }

    /// <summary>The lines of a head, without the empty one; null at the end.</summary>
    private static async Task<string[]?> ReadHeadAsync(Socket peer, CancellationToken stop)
    {
        const string end = "\r\n\r\n";
        byte[] window = new byte[MaxHead];
        while (true)
        {
            int seen = await peer.ReceiveAsync(window, SocketFlags.Peek, stop);
            int length = Encoding.ASCII.GetString(window, 0, seen).IndexOf(end, StringComparison.Ordinal);
            if (length >= 0)
            {
                return Encoding.ASCII.GetString(await peer.ReadAsync(length + end.Length, stop), 0, length).Split("\r\n");
            }

            if (seen is 0 or MaxHead)
            {
                return null;
            }

            await Task.Delay(1, stop); // a head comes in one segment but for rare cases, and a peek does not wait for more
        }
    }

    private static string Field(string[] fields, string name) =>
        fields.Select(field => field.Split(':', 2)).FirstOrDefault(pair => pair[0].Equals(name, StringComparison.OrdinalIgnoreCase)) is [_, var value]
            ? value.Trim()
            : "";
}
