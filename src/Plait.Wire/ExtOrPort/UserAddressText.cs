using System.Net;
using System.Text;
using Plait.Wire.Addresses;

namespace Plait.Wire.ExtOrPort;

/// <summary>The body of USERADDR, in every form that tor accepts (X20).</summary>
internal static class UserAddressText
{
    /// <summary>Reads the address of a client.</summary>
    /// <param name="body">ASCII.</param>
    /// <param name="address">
    /// The address, with port 0 if the text has none. Null if the text has two meanings: <c>1:2::3:4:5678</c> ends in a port as obfsproxy
    /// writes it, and has no port as tor reads it. An address is exact or absent (G1).
    /// </param>
    /// <returns>False if tor closes on the text: a host name, an explicit port 0, a zone, a NUL, an empty text.</returns>
    internal static bool TryRead(ReadOnlySpan<byte> body, out IPEndPoint? address)
    {
        address = null;
        if (!Ascii.IsValid(body))
        {
            return false;
        }

        string text = Encoding.ASCII.GetString(body);
        bool withPort = AddressText.TryParseLenient(text, out IPEndPoint? endPoint);
        bool withoutPort = AddressText.TryParseAddress(text, out IPAddress? bare) && !text.StartsWith('[');
        if (withPort && withoutPort)
        {
            return true;
        }

        if (withPort && endPoint!.Port != 0)
        {
            address = new(AddressText.Normalize(endPoint.Address), endPoint.Port);
        }
        else if (withoutPort)
        {
            address = new(AddressText.Normalize(bare!), 0);
        }

        return address is not null;
    }
}
