using System.Net;
using System.Text;
using Plait.Fuzz.Engine;
using Plait.Wire.Addresses;
using Plait.Wire.ExtOrPort;

namespace Plait.Fuzz.Wire;

/// <summary>The body of a child's USERADDR.</summary>
internal sealed class UserAddressTarget : FuzzTarget
{
    internal override string Name => "user-address";

    internal override string Invariant =>
        "an address is exact or absent: what is read has a port or is the whole text, and its written form is read as the same";

    internal override int MaxLength => 300;

    internal override IReadOnlyList<string> Tokens { get; } = AddressTextTarget.Words;

    internal override string Run(byte[] input)
    {
        bool read = UserAddressText.TryRead(input, out IPEndPoint? address);
        Check.That(read || address is null, "what is refused leaves no address");
        if (address is null)
        {
            return Behaviour.Of(read);
        }

        string text = Encoding.ASCII.GetString(input);
        Check.That(AddressText.Normalize(address.Address).Equals(address.Address), "what is read has one form");
        Check.That(address.Port == 0 || text.EndsWith($":{address.Port}", StringComparison.Ordinal), "a port was written");
        string written = address.Port == 0 ? address.Address.ToString() : AddressText.Format(address);
        bool readAgain = UserAddressText.TryRead(Encoding.ASCII.GetBytes(written), out IPEndPoint? again);
        Check.That(readAgain && (again is null || again.Equals(address)), "its written form is read as the same");
        Check.That(address.Port == 0 || again is not null, "with a port and brackets a text has one meaning");
        return Behaviour.Of(address.AddressFamily, address.Port == 0, text.StartsWith('['));
    }
}
