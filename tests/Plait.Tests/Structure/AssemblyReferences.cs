using System.Collections.Immutable;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Plait.Tests.Structure;

/// <summary>One type of an assembly that mentions another one of the same assembly.</summary>
internal readonly record struct TypeReference(string FromNamespace, string FromType, string ToNamespace, string ToType)
{
    public override string ToString() => $"{FromNamespace}.{FromType} -> {ToNamespace}.{ToType}";
}

/// <summary>
/// Which types of a compiled assembly mention which others: in their bases, members, attributes and method bodies. What the compiler has
/// made (closures, state machines) counts as the type that it stands in. A constant that the compiler has copied is not seen.
/// </summary>
internal sealed class AssemblyReferences : ISignatureTypeProvider<ImmutableArray<TypeDefinitionHandle>, object?>
{
    private static readonly Dictionary<short, OperandType> s_operands = typeof(OpCodes).GetFields()
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value, code => code.OperandType);

    private readonly PEReader _file;
    private readonly MetadataReader _metadata;
    private readonly HashSet<TypeReference> _found = [];
    private TypeDefinitionHandle _from;

    private AssemblyReferences(PEReader file) => (_file, _metadata) = (file, file.GetMetadataReader());

    /// <summary>All references between types of one assembly.</summary>
    internal static IReadOnlySet<TypeReference> Of(string assembly)
    {
        using var file = new PEReader(File.OpenRead(assembly));
        var references = new AssemblyReferences(file);
        foreach (TypeDefinitionHandle type in references._metadata.TypeDefinitions)
        {
            references._from = type;
            references.Read(references._metadata.GetTypeDefinition(type));
        }

        return references._found;
    }

    private void Read(TypeDefinition type)
    {
        See(type.BaseType);
        foreach (InterfaceImplementationHandle implemented in type.GetInterfaceImplementations())
        {
            See(_metadata.GetInterfaceImplementation(implemented).Interface);
        }

        See(type.GetCustomAttributes());
        foreach (GenericParameterHandle parameter in type.GetGenericParameters())
        {
            See(parameter);
        }

        foreach (FieldDefinitionHandle handle in type.GetFields())
        {
            FieldDefinition field = _metadata.GetFieldDefinition(handle);
            See(field.GetCustomAttributes());
            See(field.DecodeSignature(this, null));
        }

        foreach (MethodDefinitionHandle handle in type.GetMethods())
        {
            Read(_metadata.GetMethodDefinition(handle));
        }
    }

    private void Read(MethodDefinition method)
    {
        See(method.GetCustomAttributes());
        See(method.DecodeSignature(this, null));
        foreach (GenericParameterHandle parameter in method.GetGenericParameters())
        {
            See(parameter);
        }

        if (method.RelativeVirtualAddress == 0)
        {
            return;
        }

        MethodBodyBlock body = _file.GetMethodBody(method.RelativeVirtualAddress);
        if (!body.LocalSignature.IsNil)
        {
            foreach (ImmutableArray<TypeDefinitionHandle> local in _metadata.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(this, null))
            {
                See(local);
            }
        }

        foreach (ExceptionRegion region in body.ExceptionRegions)
        {
            See(region.CatchType);
        }

        BlobReader code = body.GetILReader();
        while (code.RemainingBytes > 0)
        {
            short value = code.ReadByte();
            OperandType operand = s_operands[value == 0xFE ? (short)(0xFE00 | code.ReadByte()) : value];
            switch (operand)
            {
                case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType:
                    See(MetadataTokens.EntityHandle(code.ReadInt32()));
                    break;
                case OperandType.InlineSwitch:
                    int targets = code.ReadInt32();
                    code.Offset += targets * sizeof(int);
                    break;
                default:
                    code.Offset += SizeOf(operand);
                    break;
            }
        }
    }

    private static int SizeOf(OperandType operand) => operand switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        _ => 4,
    };

    private void See(EntityHandle handle)
    {
        if (handle.IsNil)
        {
            return;
        }

        switch (handle.Kind)
        {
            case HandleKind.TypeDefinition:
                See([(TypeDefinitionHandle)handle]);
                break;
            case HandleKind.TypeSpecification:
                See(_metadata.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(this, null));
                break;
            case HandleKind.FieldDefinition:
                See(_metadata.GetFieldDefinition((FieldDefinitionHandle)handle).GetDeclaringType());
                break;
            case HandleKind.MethodDefinition:
                See(_metadata.GetMethodDefinition((MethodDefinitionHandle)handle).GetDeclaringType());
                break;
            case HandleKind.MemberReference:
                See(_metadata.GetMemberReference((MemberReferenceHandle)handle));
                break;
            case HandleKind.MethodSpecification:
                MethodSpecification method = _metadata.GetMethodSpecification((MethodSpecificationHandle)handle);
                See(method.Method);
                foreach (ImmutableArray<TypeDefinitionHandle> argument in method.DecodeSignature(this, null))
                {
                    See(argument);
                }

                break;
        }
    }

    private void See(MemberReference member)
    {
        See(member.Parent);
        if (member.GetKind() == MemberReferenceKind.Field)
        {
            See(member.DecodeFieldSignature(this, null));
        }
        else
        {
            See(member.DecodeMethodSignature(this, null));
        }
    }

    private void See(MethodSignature<ImmutableArray<TypeDefinitionHandle>> signature)
    {
        See(signature.ReturnType);
        foreach (ImmutableArray<TypeDefinitionHandle> parameter in signature.ParameterTypes)
        {
            See(parameter);
        }
    }

    private void See(CustomAttributeHandleCollection attributes)
    {
        foreach (CustomAttributeHandle attribute in attributes)
        {
            See(_metadata.GetCustomAttribute(attribute).Constructor);
        }
    }

    private void See(GenericParameterHandle parameter)
    {
        foreach (GenericParameterConstraintHandle constraint in _metadata.GetGenericParameter(parameter).GetConstraints())
        {
            See(_metadata.GetGenericParameterConstraint(constraint).Type);
        }
    }

    private void See(ImmutableArray<TypeDefinitionHandle> types)
    {
        foreach (TypeDefinitionHandle type in types)
        {
            (string fromNamespace, string fromType) = Named(_from);
            (string toNamespace, string toType) = Named(type);
            if (fromNamespace != "" && toNamespace != "" && (fromNamespace, fromType) != (toNamespace, toType))
            {
                _found.Add(new(fromNamespace, fromType, toNamespace, toType));
            }
        }
    }

    /// <summary>The outermost type that a type stands in.</summary>
    private (string Namespace, string Name) Named(TypeDefinitionHandle handle)
    {
        TypeDefinition type = _metadata.GetTypeDefinition(handle);
        return type.IsNested
            ? Named(type.GetDeclaringType())
            : (_metadata.GetString(type.Namespace), _metadata.GetString(type.Name).Split('`')[0]);
    }

    // A type of a signature is read as the types of this assembly that stand in it.
    public ImmutableArray<TypeDefinitionHandle> GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) => [handle];

    public ImmutableArray<TypeDefinitionHandle> GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) => [];

    public ImmutableArray<TypeDefinitionHandle> GetTypeFromSpecification(
        MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) =>
        reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);

    public ImmutableArray<TypeDefinitionHandle> GetGenericInstantiation(
        ImmutableArray<TypeDefinitionHandle> genericType, ImmutableArray<ImmutableArray<TypeDefinitionHandle>> typeArguments) =>
        [.. genericType, .. typeArguments.SelectMany(argument => argument)];

    public ImmutableArray<TypeDefinitionHandle> GetFunctionPointerType(MethodSignature<ImmutableArray<TypeDefinitionHandle>> signature) =>
        [.. signature.ReturnType, .. signature.ParameterTypes.SelectMany(parameter => parameter)];

    public ImmutableArray<TypeDefinitionHandle> GetArrayType(ImmutableArray<TypeDefinitionHandle> elementType, ArrayShape shape) => elementType;

    public ImmutableArray<TypeDefinitionHandle> GetByReferenceType(ImmutableArray<TypeDefinitionHandle> elementType) => elementType;

    public ImmutableArray<TypeDefinitionHandle> GetPinnedType(ImmutableArray<TypeDefinitionHandle> elementType) => elementType;

    public ImmutableArray<TypeDefinitionHandle> GetPointerType(ImmutableArray<TypeDefinitionHandle> elementType) => elementType;

    public ImmutableArray<TypeDefinitionHandle> GetSZArrayType(ImmutableArray<TypeDefinitionHandle> elementType) => elementType;

    public ImmutableArray<TypeDefinitionHandle> GetModifiedType(
        ImmutableArray<TypeDefinitionHandle> modifier, ImmutableArray<TypeDefinitionHandle> unmodifiedType, bool isRequired) =>
        [.. modifier, .. unmodifiedType];

    public ImmutableArray<TypeDefinitionHandle> GetGenericMethodParameter(object? genericContext, int index) => [];

    public ImmutableArray<TypeDefinitionHandle> GetGenericTypeParameter(object? genericContext, int index) => [];

    public ImmutableArray<TypeDefinitionHandle> GetPrimitiveType(PrimitiveTypeCode typeCode) => [];
}
