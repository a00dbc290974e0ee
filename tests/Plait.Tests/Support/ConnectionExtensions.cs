using System.Net.Sockets;
using System.Text;
using Plait.Connections;

namespace Plait.Tests.Support;

/// <summary>Connections as tests use them: text in, text out, and every wait ends.</summary>
internal static class ConnectionExtensions
{
    extension(SocketConnection connection)
    {
        /// <summary>Its socket, to look at. It does not block, must not wait by an asynchronous operation, and disposing it closes nothing.</summary>
        internal Socket Socket => connection is ManagedConnection managed
            ? managed.Socket
            : new(new SafeSocketHandle(connection.Descriptor, ownsHandle: false)) { Blocking = false };
    }

    internal static Task SendAsync(this ByteConnection connection, string text) =>
        connection.WriteAsync(Encoding.Latin1.GetBytes(text), Deadline.Token).AsTask().Within("the bytes are taken");

    internal static Task FinishAsync(this ByteConnection connection) =>
        connection.CompleteWritesAsync(Deadline.Token).AsTask().Within("the end is taken");

    /// <summary>Exactly as many characters as <paramref name="count"/>; fewer only at the end.</summary>
    internal static async Task<string> ReceiveAsync(this ByteConnection connection, int count)
    {
        byte[] buffer = new byte[count];
        int held = 0;
        while (held < count)
        {
            int read = await connection.ReadAsync(buffer.AsMemory(held), Deadline.Token).AsTask()
                .Within($"{count} bytes arrive, of which there are {held}");
            if (read == 0)
            {
                break;
            }

            held += read;
        }

        return Encoding.Latin1.GetString(buffer, 0, held);
    }

    /// <summary>Sends <c>!</c> as an urgent byte.</summary>
    internal static void SendUrgent(this SocketConnection connection)
    {
        Socket socket = connection.Socket;
        while (true)
        {
            try
            {
                socket.Send("!"u8, SocketFlags.OutOfBand);
                return;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.WouldBlock)
            {
                socket.Poll(Deadline.Limit, SelectMode.SelectWrite);
            }
        }
    }

    /// <summary>How the connection ends, read to its end: an EOF is <see cref="SocketError.Success"/>.</summary>
    internal static async Task<SocketError> EndAsync(this SocketConnection connection)
    {
        byte[] buffer = new byte[4096];
        try
        {
            while (await connection.ReadAsync(buffer, Deadline.Token).AsTask().Within("the connection ends") > 0)
            {
            }

            return SocketError.Success;
        }
        catch (IOException e)
        {
            return e.InnerException is SocketException cause ? cause.SocketErrorCode : SocketError.ConnectionReset;
        }
    }

    /// <summary>All that comes, and whether its end was a reset.</summary>
    internal static async Task<(byte[] Bytes, bool Reset)> ReceiveAllAsync(this ByteConnection connection)
    {
        var all = new MemoryStream();
        byte[] buffer = new byte[8192];
        try
        {
            int read;
            while ((read = await connection.ReadAsync(buffer, Deadline.Token).AsTask().Within("the connection ends")) > 0)
            {
                all.Write(buffer, 0, read);
            }

            return (all.ToArray(), false);
        }
        catch (IOException)
        {
            return (all.ToArray(), true);
        }
    }
}
